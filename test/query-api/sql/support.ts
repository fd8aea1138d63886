import Fastify, { type FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { systemRandomBytes } from '../../../pipelines/clock.ts'
import type { Budgets } from '../../../pipelines/limits/budgets.ts'
import { connectStore } from '../../../pipelines/store/client.ts'
import type { Caller, Tenants } from '../../../pipelines/tenants/port.ts'
import { queryApi } from '../../../query-api/api.ts'
import { questionBudgets, TENANT_LIMITS } from '../../../query-api/limits/tenant-limits.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'
import { openMemoryLog } from '../../support/memory-log.ts'
import type { StoreUnderTest } from '../../support/store.ts'

export const NOW = Date.parse('2025-06-01T00:00:00Z')

/** The query API over a store under test; the key of tenant `x` is `key-x`. */
export async function serve(context: StoreUnderTest): Promise<FastifyInstance> {
  const app = Fastify()
  const authenticate = async (key: string): Promise<Caller | undefined> =>
    key.startsWith('key-')
      ? { tenant: { name: key.slice(4), currency: 'USD', zone: 'UTC' }, key_id: key, scopes: ALL_SCOPES }
      : undefined
  await queryApi(app, {
    store: context.store,
    connect: (database) => connectStore({ ...context.access, database }),
    log: openMemoryLog({ clock: () => NOW }),
    tenants: { authenticate } as Tenants,
    clock: () => NOW,
    budgets: endlessBudgets(),
    randomBytes: systemRandomBytes,
    registry: new Registry(),
    groups: [],
    ready: async () => [],
  })
  return app
}

/** Counts what is asked and never begins anew, and has enough for every test of a file. */
export function endlessBudgets(): Budgets {
  return questionBudgets({ ...TENANT_LIMITS, requests: 1e9, cpu_seconds: 1e9 }, () => 0)
}

export async function ask(app: FastifyInstance, tenant: string, sql: string, more: Ask = {}) {
  return app.inject({
    method: 'POST',
    url: `/v1/sql${more.format === undefined ? '' : `?format=${more.format}`}`,
    headers: { authorization: `Bearer key-${tenant}`, ...(more.accept === undefined ? {} : { accept: more.accept }) },
    payload: { sql, ...(more.params === undefined ? {} : { params: more.params }) },
  })
}

type Ask = {
  readonly params?: Readonly<Record<string, unknown>>
  readonly format?: string
  readonly accept?: string
}
