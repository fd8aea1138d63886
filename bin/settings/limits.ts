import { TENANT_LIMITS, type TenantLimits } from '../../query-api/limits/tenant-limits.ts'
import { count, settings } from '../setting.ts'

/** What one tenant may ask of the query API. */
export const limits = {
  limitConcurrent: count(1, 100_000).prefault(String(TENANT_LIMITS.concurrent)).register(settings, {
    env: 'OMNIFY_LIMIT_CONCURRENT',
    value: 'N',
    doc: 'Requests to the query API that one tenant may have in work at the same time, streams included.',
  }),
  limitRequests: count(1, 1e12).prefault(String(TENANT_LIMITS.requests)).register(settings, {
    env: 'OMNIFY_LIMIT_REQUESTS',
    value: 'N',
    doc: 'Requests to the query API a minute and tenant. Above it: 429 with `Retry-After`.',
  }),
  limitRows: count(1, 1e15 - 1)
    .prefault(String(TENANT_LIMITS.rows))
    .register(settings, {
      env: 'OMNIFY_LIMIT_ROWS',
      value: 'N',
      doc: 'Rows that the store may read a minute for the questions of one tenant.',
    }),
  limitCpuSeconds: count(1, 1e9).prefault(String(TENANT_LIMITS.cpu_seconds)).register(settings, {
    env: 'OMNIFY_LIMIT_CPU_SECONDS',
    value: 'N',
    doc: 'Seconds of processor time that the store may spend a minute on the questions of one tenant.',
  }),
}

type LimitSettings = Readonly<Record<keyof typeof limits, number>>

export function tenantLimits(config: LimitSettings): TenantLimits {
  const { limitConcurrent: concurrent, limitCpuSeconds: cpu_seconds, limitRequests: requests, limitRows: rows } = config
  return { concurrent, requests, rows, cpu_seconds }
}
