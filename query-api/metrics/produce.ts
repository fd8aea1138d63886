import type { Tenant } from '../../pipelines/tenants/port.ts'
import type { Format } from '../formats/format.ts'
import { produceTable } from '../formats/produce-table.ts'
import type { Produced } from '../formats/produced.ts'
import type { Metrics } from './answer.ts'
import type { Cursors } from './cursor.ts'
import type { Position } from './order.ts'
import { questionText } from './question-text.ts'
import type { MetricsRequest } from './request.ts'

export type MetricsQuestion = {
  readonly tenant: Tenant
  readonly request: MetricsRequest
  readonly format: Format
  readonly query_id: string
  readonly signal: AbortSignal
  /** Rows that the store may read for it; undefined is the default of a request. */
  readonly rows_max?: number | undefined
}

/**
 * Answers a question in a format, beginning where its cursor says and ending with one where its limit left rows out.
 *
 * @throws ApiError, StoreError
 */
export async function produceMetrics(metrics: Metrics, cursors: Cursors, question: MetricsQuestion): Promise<Produced> {
  const { format, query_id, request, rows_max, signal, tenant } = question
  const text = questionText(request, false)
  // Signed by us, so it is what `positionOf` made.
  const after = request.cursor === undefined ? undefined : (cursors.read(tenant.name, text, request.cursor) as Position)
  const { columns, next, rows, watermark } = await metrics.answer(tenant, request, query_id, signal, {
    after,
    ...(rows_max === undefined ? {} : { rows_max }),
  })
  const next_cursor = next === undefined ? {} : { next_cursor: cursors.make(tenant.name, text, next) }
  return produceTable({ columns, rows, meta: { ...next_cursor, watermark, query_id } }, format)
}
