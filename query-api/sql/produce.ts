import { Readable } from 'node:stream'
import { contentType } from '../formats/format.ts'
import type { Produced } from '../formats/produced.ts'
import type { Sql, SqlQuestion } from './sql.ts'

/**
 * Answers a statement in its format, for whoever sends or keeps it.
 *
 * @throws ApiError
 */
export async function produceSql(sql: Sql, question: SqlQuestion): Promise<Produced> {
  const { body, watermark } = await sql.answer(question)
  const headers = {
    'x-omnify-query-id': question.query_id,
    ...(watermark === null ? {} : { 'x-omnify-watermark': watermark }),
  }
  const type = contentType(question.format)
  if (body instanceof Readable) return { type, headers, body }
  return { type, headers, body: Buffer.from(JSON.stringify(body)), rows: body.rows.length }
}
