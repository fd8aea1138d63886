import { createHash } from 'node:crypto'

/**
 * A weak tag of an answer: of its rows and its watermark, but not of the id of the query that made it. It stays the same
 * in every process and after every restart for as long as the answer does.
 */
export function tagOf(body: Buffer, type: string, query_id: string): string {
  const at = body.indexOf(query_id)
  const hash = createHash('sha256').update(type)
  if (at === -1) hash.update(body)
  else hash.update(body.subarray(0, at)).update(body.subarray(at + query_id.length))
  return `W/"${hash.digest('base64url').slice(0, 22)}"`
}

/** Whether an `If-None-Match` names a tag (RFC 9110, section 13.1.2). */
export function isNamed(tag: string, if_none_match: string | undefined): boolean {
  if (if_none_match === undefined) return false
  if (if_none_match.trim() === '*') return true
  const bare = tag.replace(/^W\//, '')
  return (if_none_match.match(/(?:W\/)?"[^"]*"/g) ?? []).some((one) => one.replace(/^W\//, '') === bare)
}
