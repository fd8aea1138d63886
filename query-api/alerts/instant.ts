import { ApiError } from '../problem.ts'

/**
 * A time as it was sent, in ms since 1970.
 *
 * @throws ApiError `bad_request`, with the name of the parameter
 */
export function instantOf(text: string, path: string): number {
  const at_ms = RFC_3339.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at_ms)) throw new ApiError('bad_request', `${path} is an RFC 3339 time with its offset`, { path })
  return at_ms
}

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/
