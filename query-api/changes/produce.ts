import type { Tenant } from '../../pipelines/tenants/port.ts'
import type { Format } from '../formats/format.ts'
import { produceTable } from '../formats/produce-table.ts'
import type { Produced } from '../formats/produced.ts'
import type { Cursors } from '../metrics/cursor.ts'
import { questionText } from '../metrics/question-text.ts'
import { ROWS_DEFAULT_MAX } from '../metrics/shape.ts'
import { ApiError } from '../problem.ts'
import type { Changes } from './changes.ts'
import { compareKeys, keyOf } from './diff.ts'
import type { ChangesRequest } from './request.ts'

export type ChangesQuestion = {
  readonly tenant: Tenant
  readonly request: ChangesRequest
  readonly format: Format
  readonly query_id: string
  readonly signal: AbortSignal
  /** What to ask with next; undefined where it is not known. */
  readonly read_until_ms: number | undefined
}

/**
 * Answers a question for changes in a format, a page at a time where a limit is set.
 *
 * @throws ApiError, StoreError
 */
export async function produceChanges(changes: Changes, cursors: Cursors, question: ChangesQuestion): Promise<Produced> {
  const { format, query_id, read_until_ms, request, signal, tenant } = question
  const text = JSON.stringify([
    'changes',
    questionText(request.metrics, false),
    request.since_ms,
    request.causes ?? null,
  ])
  const { cursor } = request.metrics
  const place = cursor === undefined ? undefined : (cursors.read(tenant.name, text, cursor) as Place)
  const answer = await changes.answer(tenant, request, query_id, signal)
  const after = place === undefined ? answer.rows : answer.rows.filter((row) => compareKeys(keyOf(row), place.key) > 0)
  const { limit } = request
  if (limit === undefined && after.length > ROWS_DEFAULT_MAX)
    throw new ApiError(
      'too_many_rows',
      `${after.length} changes, and ${ROWS_DEFAULT_MAX} are the most without a limit: set \`limit\` and go on with its cursor, or ask for less`,
      { path: 'limit', more: { rows: after.length, rows_max: ROWS_DEFAULT_MAX } },
    )
  const rows = after.slice(0, limit ?? after.length)
  // All pages of one answer say the same: what comes between two of them is asked for by the next `since`.
  const next_since = place === undefined ? textOf(read_until_ms) : place.next_since
  const more = rows.length < after.length
  const next_cursor = more ? cursors.make(tenant.name, text, { key: keyOf(rows.at(-1)!), next_since }) : undefined
  const { columns, watermark } = answer
  const meta = {
    since: textOf(request.since_ms),
    next_since,
    ...(next_cursor === undefined ? {} : { next_cursor }),
    watermark,
    query_id,
  }
  return produceTable({ columns, rows, meta }, format)
}

type Place = { readonly key: readonly (string | null)[]; readonly next_since: string | null }

function textOf(at_ms: number | undefined): string | null {
  return at_ms === undefined ? null : new Date(at_ms).toISOString()
}
