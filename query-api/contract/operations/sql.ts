import { z } from 'zod'
import { jsonValue, sqlQuestion } from '../../sql/question.ts'
import { operations } from '../operation.ts'
import {
  ACCEPTED,
  formatParameter,
  names,
  preferParameter,
  queryId,
  ROW_HEADERS,
  tableOf,
  watermark,
} from '../schemas.ts'

jsonValue.register(names, { id: 'JsonValue' })
const row = z.array(z.unknown())
export const sqlAnswer = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string().describe('In ClickHouse’s words.') })),
    rows: z.array(row).describe('64-bit integers and decimals are text, NaN is null, times are RFC 3339.'),
    totals: row.optional().describe('Of WITH TOTALS.'),
    rows_read: z.number().describe('In whole granules of 8,192.'),
    watermark,
    query_id: queryId,
  })
  .register(names, { id: 'SqlAnswer' })

export const SQL = operations({
  id: 'querySql',
  method: 'POST',
  path: '/v1/sql',
  summary: 'Ask in SQL',
  details:
    'One SELECT in ClickHouse’s dialect over the tenant’s views (`docs/sql.md`), with parameters `{name:Type}`. JSON holds at most 100,000 rows; the other formats are streamed. `format=ClickHouseJSON` is ClickHouse’s own shape.',
  tag: 'SQL',
  opened_by: 'sql:read',
  in_query: z.object(formatParameter),
  body: { 'application/json': sqlQuestion },
  in_headers: z.object(preferParameter),
  answers: { 200: { says: 'The result.', content: tableOf(sqlAnswer), headers: ROW_HEADERS }, ...ACCEPTED },
  errors: [
    ...(['sql_refused', 'sql_invalid', 'sql_closed', 'query_too_large', 'query_too_costly'] as const),
    ...(['too_many_rows', 'bad_request'] as const),
    ...(['invalid_json', 'body_too_large', 'unsupported_media_type', 'not_acceptable'] as const),
  ],
  example: {
    body: { sql: 'SELECT count() AS orders FROM orders WHERE total_micros > {least:Int64}', params: { least: 5 } },
  },
})
