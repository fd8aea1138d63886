import { z } from 'zod'
import type { Store } from '../../pipelines/store/client.ts'
import { ALERT_KINDS, ALERT_STATES } from '../../schemas/alerts.ts'
import { ApiError } from '../problem.ts'
import { instantOf } from './instant.ts'

/** What `GET /v1/alerts` can be asked for. Several values of a state or kind are separated by commas. */
export type AlertQuestion = {
  readonly states: readonly string[]
  readonly kinds: readonly string[]
  readonly metric: string | undefined
  readonly scope: readonly (readonly [dimension: string, value: string])[]
  readonly since_ms: number | undefined
  readonly limit: number
  readonly after: Cursor | undefined
}

type Cursor = { readonly detected_ms: number; readonly id: string }

/** @throws ApiError `bad_request`, `bad_limit` */
export function parseAlertQuestion(query: unknown): AlertQuestion {
  const parsed = asked.safeParse(query)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ApiError('bad_request', issue!.message, { path: issue!.path.join('.') || 'query' })
  }
  const { cursor, kind, limit, metric, scope, since, state } = parsed.data
  return {
    states: wordsOf(state, ALERT_STATES, 'state'),
    kinds: wordsOf(kind, ALERT_KINDS, 'kind'),
    metric,
    scope: (scope === undefined ? [] : [scope].flat()).map(pairOf),
    since_ms: since === undefined ? undefined : instantOf(since, 'since'),
    limit: limitOf(limit),
    after: cursor === undefined ? undefined : cursorOf(cursor),
  }
}

/**
 * Alerts of a tenant as their newest revisions, the latest detected first. The cursor names the last one and not a
 * number of rows: what is detected meanwhile moves nothing.
 *
 * @returns canonical bytes, and the cursor of the next page where there is one
 */
export async function listAlerts(
  store: Store,
  tenant: string,
  question: AlertQuestion,
  signal: AbortSignal,
): Promise<{ readonly records: readonly string[]; readonly next: string | null }> {
  const { after, kinds, limit, metric, scope, since_ms, states } = question
  const params: Record<string, unknown> = { tenant, kinds, states, limit: limit + 1 }
  // What no revision changes is asked of all of them, what changes only of the newest.
  const all = ['tenant = {tenant:String}']
  if (kinds.length > 0) all.push('kind IN {kinds:Array(String)}')
  if (metric !== undefined) all.push('metric = {metric:String}')
  params.metric = metric
  for (const [at, [dimension, value]] of scope.entries()) {
    all.push(`JSONExtractString(record, 'scope', {dimension${at}:String}) = {value${at}:String}`)
    params[`dimension${at}`] = dimension
    params[`value${at}`] = value
  }
  if (since_ms !== undefined) all.push('detected_at >= fromUnixTimestamp64Milli({since:Int64})')
  params.since = since_ms
  if (after !== undefined) {
    all.push('(detected_at, id) < (fromUnixTimestamp64Milli({after_ms:Int64}), {after_id:String})')
    params.after_ms = after.detected_ms
    params.after_id = after.id
  }
  const newest = states.length > 0 ? 'WHERE state IN {states:Array(String)}' : ''
  const rows = await store.query<[string, string, string]>(
    `SELECT record, id, toUnixTimestamp64Milli(detected_at) FROM
     (SELECT id, state, detected_at, record FROM alerts WHERE ${all.join(' AND ')} ORDER BY revision DESC, seq DESC LIMIT 1 BY id)
     ${newest} ORDER BY detected_at DESC, id DESC LIMIT {limit:UInt32}`,
    params,
    { signal, format: 'JSONCompactEachRow', settings: { max_execution_time: 10 } },
  )
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { records: shown.map(([record]) => record), next: last === undefined ? null : textOf(last[2], last[1]) }
}

/** All revisions of one alert as canonical bytes, the first one first; none where the tenant has no such alert. */
export async function readRevisions(
  store: Store,
  tenant: string,
  id: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const rows = await store.query<[string]>(
    `SELECT record FROM alerts WHERE tenant = {tenant:String} AND id = {id:String} ORDER BY revision, seq DESC LIMIT 1 BY revision`,
    { tenant, id },
    { signal, format: 'JSONCompactEachRow', settings: { max_execution_time: 10 } },
  )
  return rows.map(([record]) => record)
}

const one = z.string().max(256)
const asked = z.strictObject({
  state: one.optional(),
  kind: one.optional(),
  metric: one.optional(),
  scope: z.union([z.string().max(300), z.array(z.string().max(300)).max(10)]).optional(),
  since: one.optional(),
  limit: one.optional(),
  cursor: one.optional(),
})

function wordsOf(text: string | undefined, known: readonly string[], path: string): string[] {
  if (text === undefined) return []
  const words = text.split(',')
  const strange = words.find((word) => !known.includes(word))
  if (strange !== undefined) throw new ApiError('bad_request', `${path} is one of ${known.join(', ')}`, { path })
  return words
}

/** `platform:tiktok`. A value may hold colons. */
function pairOf(text: string): [string, string] {
  const at = text.indexOf(':')
  if (at < 1) throw new ApiError('bad_request', 'scope is dimension:value, such as platform:tiktok', { path: 'scope' })
  return [text.slice(0, at), text.slice(at + 1)]
}

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? LIMIT_DEFAULT : /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > LIMIT_MAX)
    throw new ApiError('bad_limit', `limit is a whole number from 1 to ${LIMIT_MAX}`, { path: 'limit' })
  return limit
}

function textOf(detected_ms: string, id: string): string {
  return Buffer.from(`${detected_ms} ${id}`).toString('base64url')
}

function cursorOf(text: string): Cursor {
  const found = /^(\d{1,15}) (alr_[0-9a-f]{32})$/.exec(Buffer.from(text, 'base64url').toString())
  if (found === null) throw new ApiError('bad_request', 'this is no cursor of ours', { path: 'cursor' })
  return { detected_ms: Number(found[1]), id: found[2]! }
}

const LIMIT_DEFAULT = 100
const LIMIT_MAX = 1_000
