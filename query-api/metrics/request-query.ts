import { ApiError } from '../problem.ts'

/**
 * The GET form, turned into the body of a POST: lists by comma, `filter=field:op:value` any number of times
 * (`field:in:a,b`).
 */
export function bodyOfQuery(query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const body: Record<string, unknown> = {}
  for (const [key, raw] of Object.entries(query)) {
    if (key === 'format') continue
    if (key === 'filter') {
      body.filters = (Array.isArray(raw) ? raw : [raw]).map((text, i) => filterOfText(String(text), i))
      continue
    }
    if (Array.isArray(raw)) fail('bad_request', `${key} stands more than once`, key)
    const text = String(raw)
    if (key === 'measures' || key === 'dimensions' || key === 'order') body[key] = text === '' ? [] : text.split(',')
    else if (text !== '') body[key] = text
  }
  return body
}

function filterOfText(text: string, i: number): { field: string; op: string; value: string | string[] } {
  const first = text.indexOf(':')
  const second = text.indexOf(':', first + 1)
  if (first < 1 || second < 0) fail('unknown_filter', 'a filter reads field:op:value', `filter/${i}`)
  const [field, op, rest] = [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)]
  return { field, op, value: op === 'in' ? rest.split(',') : rest }
}

function fail(code: 'bad_request' | 'unknown_filter', detail: string, path: string): never {
  throw new ApiError(code, detail, { path })
}
