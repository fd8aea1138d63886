import type { FastifyInstance } from 'fastify'
import type { Log } from '../../pipelines/log/port.ts'
import type { Store } from '../../pipelines/store/client.ts'
import { FACT_TABLES } from '../../schemas/tables.ts'
import type { PipelineGroup, QueryDeps } from '../deps.ts'
import { authenticate } from './authenticate.ts'

/** `GET /v1/status`: how far each pipeline is, and what there is of the asking tenant. */
export function statusRoutes(app: FastifyInstance, deps: QueryDeps): void {
  app.get('/v1/status', async (request) => {
    const tenant = await authenticate(deps.tenants, request, 'metrics:read')
    const [pipelines, tables] = await Promise.all([
      Promise.all(deps.groups.map((group) => lagOf(deps.log, group, deps.clock()))),
      countsOf(deps.store, tenant.name, request.signal),
    ])
    return {
      tenant: tenant.name,
      log: deps.log.kind,
      pipelines: pipelines.map((lag) => ({
        ...lag,
        rows: tables.rows,
        failed_events: tables.failed.get(lag.name) ?? 0,
        watermarks: tables.watermarks.get(lag.name) ?? {},
      })),
    }
  })
}

type Lag = {
  readonly name: string
  readonly topic: string
  /** Records on the log that the pipeline has not committed. */
  readonly lag_events: number
  /** How long ago the log took the oldest of them; 0 when there is none. */
  readonly lag_seconds: number
  readonly partitions: readonly {
    partition: number
    start: number
    end: number
    committed: number
    lag_events: number
  }[]
}

async function lagOf(log: Log, { pipeline, group, topic }: PipelineGroup, now_ms: number): Promise<Lag> {
  const [bounds, committed] = await Promise.all([log.bounds(topic), log.groupOffsets(group, topic)])
  const partitions = bounds.map(({ start, end }, partition) => {
    const offset = Math.max(start, committed[partition]?.offset ?? -1)
    return {
      partition,
      start,
      end,
      committed: committed[partition]?.offset ?? -1,
      lag_events: Math.max(0, end - offset),
      offset,
    }
  })
  const oldest = await Promise.all(
    partitions
      .filter(({ lag_events }) => lag_events > 0)
      .map(({ partition, offset }) => log.read(topic, partition, offset, { records_max: 1, bytes_max: 1, wait_ms: 0 })),
  )
  const oldest_ms = Math.min(now_ms, ...oldest.flatMap((records) => records.map((r) => r.timestamp_ms)))
  return {
    name: pipeline,
    topic,
    lag_events: partitions.reduce((sum, p) => sum + p.lag_events, 0),
    lag_seconds: (now_ms - oldest_ms) / 1000,
    partitions: partitions.map(({ offset: _, ...rest }) => rest),
  }
}

type Counts = {
  readonly rows: Readonly<Record<string, number>>
  readonly failed: ReadonlyMap<string, number>
  readonly watermarks: ReadonlyMap<string, Readonly<Record<string, string>>>
}

/** Rows of a tenant per fact table, its failed events that were not sent again, and its watermarks, by pipeline. */
async function countsOf(store: Store, tenant: string, signal: AbortSignal): Promise<Counts> {
  const of = '{tenant:String}'
  const tables = FACT_TABLES.map(
    ({ name }) =>
      `SELECT 'rows' AS kind, '${name}' AS a, '' AS b, toInt64(count()) AS value FROM ${name} WHERE tenant = ${of}`,
  )
  const key = '_topic, _partition, _offset, _row'
  const failed = `SELECT 'failed' AS kind, toString(pipeline) AS a, '' AS b, toInt64(count()) AS value FROM (SELECT pipeline, ${key} FROM failed_events WHERE tenant = ${of} AND (${key}) NOT IN (SELECT ${key} FROM replays WHERE tenant = ${of})) GROUP BY pipeline`
  const newest = `SELECT pipeline, source, argMax(occurred_ms, version) AS at FROM watermarks WHERE tenant = ${of} GROUP BY pipeline, source, _topic, _partition`
  const watermarks = `SELECT 'watermark' AS kind, toString(pipeline) AS a, toString(source) AS b, min(at) AS value FROM (${newest}) GROUP BY pipeline, source`
  const rows = await store.query<[string, string, string, string]>(
    [...tables, failed, watermarks].join(' UNION ALL '),
    { tenant },
    { signal, format: 'JSONCompactEachRow', settings: { max_execution_time: 10 } },
  )
  const only = (kind: string) => rows.filter(([k]) => k === kind)
  const marks = new Map<string, Record<string, string>>()
  for (const [, pipeline, source, value] of only('watermark')) {
    const own = marks.get(pipeline) ?? {}
    own[source] = new Date(Number(value)).toISOString()
    marks.set(pipeline, own)
  }
  return {
    rows: Object.fromEntries(only('rows').map(([, table, , value]) => [table, Number(value)])),
    failed: new Map(only('failed').map(([, pipeline, , value]) => [pipeline, Number(value)])),
    watermarks: marks,
  }
}
