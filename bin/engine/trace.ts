import type { TraceRequest } from '../../pipelines/trace/request.ts'
import { type Trace, traceEvent } from '../../pipelines/trace/trace.ts'
import { type Engine, FACTS_GROUP } from './engine.ts'

/** Traces an id through a running engine. @throws Error where there is no such tenant */
export async function traceIn(engine: Engine, request: TraceRequest): Promise<Trace> {
  const { log, store, tenants, vault } = engine
  const tenant = await tenants.get(request.tenant)
  if (tenant === undefined) throw new Error(`there is no tenant ${request.tenant}`)
  return traceEvent({ log, store, vault, group: FACTS_GROUP, zone: tenant.zone }, request)
}
