import type { Clock } from '../../pipelines/clock.ts'
import type { RequestOptions, Store } from '../../pipelines/store/client.ts'
import type { Tenant } from '../../pipelines/tenants/port.ts'
import { type Answer, type Metrics, QUERY_LIMITS } from '../metrics/answer.ts'
import { liveSources } from '../metrics/receipts.ts'
import { LIMIT_MAX } from '../metrics/request.ts'
import type { Column } from '../metrics/shape.ts'
import { type ChangeRow, diffRows } from './diff.ts'
import type { ChangesRequest } from './request.ts'
import { readTouched } from './touched.ts'

export type ChangesAnswer = Omit<Answer, 'rows'> & {
  /** All of them; the caller takes what was asked for. */
  readonly rows: readonly ChangeRow[]
}

export type Changes = {
  /**
   * The numbers that are others now than they were as of a time. Both come from the one who answers metrics, so `old`
   * is what `as_of` answers and `new` what a question answers now.
   *
   * @throws ApiError for what cannot be answered, StoreError when the store fails
   */
  answer(tenant: Tenant, request: ChangesRequest, query_id: string, signal: AbortSignal): Promise<ChangesAnswer>
}

export function createChanges(store: Store, metrics: Metrics, clock: Clock): Changes {
  const live = liveSources(store, clock, QUERY_LIMITS)
  return {
    async answer(tenant, request, query_id, signal) {
      const { since_ms } = request
      let count = 0
      const options = (): RequestOptions => ({
        settings: QUERY_LIMITS,
        signal,
        query_id: count++ === 0 ? query_id : `${query_id}-${count}`,
      })
      const { from, to } = request.metrics
      const live_sources = await live(tenant.name, since_ms)
      const touched = await readTouched(
        store,
        { tenant: tenant.name, since_ms, live_sources, range: { from, to } },
        options(),
      )
      const days = touched.map(({ day }) => day)
      const range = days.length === 0 ? { from, to } : { from: least(days, Math.min), to: least(days, Math.max) + 1 }
      const question = { ...request.metrics, ...range, limit: LIMIT_MAX }
      const ask = (as_of_ms: number | undefined, name: string) =>
        metrics.answer(tenant, { ...question, as_of_ms }, `${query_id}-${name}`, signal)
      const [was, is] = await Promise.all([ask(since_ms, 'was'), ask(undefined, 'is')])
      const rows = diffRows(request.metrics.measures, was.rows, is.rows, touched)
      const { causes } = request
      return {
        columns: COLUMNS,
        rows:
          causes === undefined ? rows : rows.filter((row) => causesOf(row).some((c) => causes.includes(c as never))),
        watermark: is.watermark,
        query_id,
      }
    },
  }
}

function causesOf({ cause, other_causes }: ChangeRow): string[] {
  return [cause, ...(other_causes?.split(',') ?? [])]
}

/** Of more values than a call may have arguments. */
function least(values: readonly number[], of: (a: number, b: number) => number): number {
  return values.reduce((a, b) => of(a, b))
}

const COLUMNS: readonly Column[] = [
  { name: 'day', unit: 'label' },
  { name: 'platform', unit: 'label' },
  { name: 'measure', unit: 'label' },
  { name: 'old', unit: 'money' },
  { name: 'new', unit: 'money' },
  { name: 'cause', unit: 'label' },
  { name: 'other_causes', unit: 'label' },
  { name: 'facts', unit: 'count' },
  { name: 'currency', unit: 'label' },
  { name: 'finality', unit: 'label' },
]
