import Fastify, { type FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { systemRandomBytes } from '../../../pipelines/clock.ts'
import { connectStore } from '../../../pipelines/store/client.ts'
import type { Caller, Tenants } from '../../../pipelines/tenants/port.ts'
import { queryApi } from '../../../query-api/api.ts'
import type { QueryDeps } from '../../../query-api/deps.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'
import { type MemoryLog, openMemoryLog } from '../../support/memory-log.ts'
import type { StoreUnderTest } from '../../support/store.ts'

export const NOW = Date.parse('2025-06-01T00:00:00Z')

export type Served = { readonly app: FastifyInstance; readonly log: MemoryLog }

/**
 * The query API over a store under test. `Bearer key-x` is a key of tenant x with all scopes, `Bearer key-x.a:b,c:d` one
 * with these scopes only.
 */
export async function serve(context: StoreUnderTest, deps: Partial<QueryDeps> = {}): Promise<Served> {
  const app = Fastify()
  const log = openMemoryLog({ clock: () => NOW })
  await log.ensureTopics(
    ['omnify.events', 'omnify.window_changes'].map((name) => ({
      name,
      partitions: 1,
      retention_ms: 1e9,
      retention_bytes: 1e9,
    })),
  )
  const authenticate = async (key: string): Promise<Caller | undefined> => {
    const [, tenant, scopes] = /^key-([a-z]+)(?:\.(.*))?$/.exec(key) ?? []
    if (tenant === undefined) return undefined
    const own = scopes === undefined ? ALL_SCOPES : ALL_SCOPES.filter((scope) => scopes.split(',').includes(scope))
    return { tenant: { name: tenant, currency: 'USD', zone: 'UTC' }, key_id: key, scopes: own }
  }
  await queryApi(app, {
    store: context.store,
    connect: (database) => connectStore({ ...context.access, database }),
    log,
    tenants: { authenticate } as Tenants,
    clock: () => NOW,
    randomBytes: systemRandomBytes,
    cursor_key: Buffer.alloc(32, 7),
    registry: new Registry(),
    groups: [{ pipeline: 'facts', group: 'omnify.facts', topic: 'omnify.events' }],
    ready: async () => [],
    ...deps,
  })
  return { app, log }
}

/** Headers of a tenant's key. */
export function as(tenant: string): { authorization: string } {
  return { authorization: `Bearer key-${tenant}` }
}
