import type { Store } from '../../../pipelines/store/client.ts'
import { createMetrics } from '../../../query-api/metrics/answer.ts'
import { parseRequest } from '../../../query-api/metrics/request.ts'
import type { Row } from '../../../query-api/metrics/shape.ts'

/** Asks as a tenant of a store, with a fresh memory each time unless `metrics` is given. */
export function asker(store: () => Store) {
  let count = 0
  return async (tenant: string, body: object, metrics = createMetrics(store(), () => 0)) => {
    const who = { name: tenant, currency: 'USD', zone: 'UTC' }
    return metrics.answer(who, parseRequest(body), `ask-${tenant}-${count++}`, new AbortController().signal)
  }
}

/** Rows without `finality`, for tests that are about something else. */
export function plainRows(rows: readonly Row[]): Row[] {
  return rows.map(({ finality: _, ...row }) => row)
}
