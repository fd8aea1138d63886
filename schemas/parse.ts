import { z } from 'zod'
import type { ErrorCode } from './errors.ts'
import type { Canonical, ParseContext } from './events/family.ts'
import { familyOf } from './events/registry.ts'
import { id, type Personal, parseInstant, TIME_MIN_MS } from './fields.ts'
import { DAY_MS } from './zone.ts'

/** Why an event was not taken: `path` is a JSON pointer without the leading slash, such as `data/lines/0/price`. */
export type Rejection = { readonly code: ErrorCode; readonly path: string; readonly reason: string }

/** A valid event before its personal data are sealed. */
export type ParsedEvent = {
  readonly tenant: string
  readonly source: string
  readonly type: string
  readonly version: number
  readonly id: string
  readonly occurred_ms: number
  readonly data: unknown
  readonly personal: Personal | undefined
  readonly subject: string | undefined
  /** Events of one group share a partition. */
  readonly group: string
}

export type ParseResult =
  | { readonly ok: true; readonly event: ParsedEvent }
  | { readonly ok: false; readonly rejection: Rejection }

/** The outer shape that every event has, whatever its type. `tenant` may be left out: it follows from the key. */
export const envelope = z.strictObject({
  id,
  source: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, 'lower-case letters, digits, dot, dash, underscore; at most 64'),
  type: z.string(),
  version: z.int().min(1).default(1),
  occurred_at: z.string(),
  tenant: z.string().optional(),
  data: z.unknown(),
})

/**
 * Reads one event at the border. Pure: the clock is in the context. After this the types hold and nothing behind it
 * checks again.
 */
export function parseEvent(raw: unknown, context: ParseContext): ParseResult {
  const outer = envelope.safeParse(raw)
  if (!outer.success) return reject(outer.error, '', raw)
  const { tenant, type, version, occurred_at, source, id: eventId } = outer.data
  if (tenant !== undefined && tenant !== context.tenant) {
    return refuse('tenant_mismatch', 'tenant', 'the key belongs to another tenant')
  }
  const family = familyOf.get(type)
  if (family === undefined) return refuse('unknown_type', 'type', `no event type ${JSON.stringify(type.slice(0, 80))}`)
  const upcast = upcastTo(family.version, version, family.upcasts, outer.data.data)
  if (!upcast.ok) return refuse('unsupported_version', 'version', upcast.reason)

  const occurred_ms = parseInstant(occurred_at)
  if (occurred_ms === undefined) return refuse('invalid_field', 'occurred_at', 'not an RFC 3339 time')
  const latest_ms = context.now_ms + DAY_MS
  if (occurred_ms < TIME_MIN_MS || occurred_ms > latest_ms) return timeOutOfRange('occurred_at')

  const inner = family.input.safeParse(upcast.data)
  if (!inner.success) return reject(inner.error, 'data', upcast.data)
  const canonical: Canonical<unknown> = family.canonical(inner.data, context, eventId)
  for (const at_ms of canonical.times_ms)
    if (at_ms > latest_ms + DAY_MS || at_ms < TIME_MIN_MS) return timeOutOfRange('data')
  return {
    ok: true,
    event: {
      tenant: context.tenant,
      source,
      type,
      version: family.version,
      id: eventId,
      occurred_ms,
      data: canonical.data,
      personal: canonical.personal,
      subject: canonical.subject,
      group: family.group(eventId, canonical.data),
    },
  }
}

type Upcast = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly reason: string }

/** Lifts data of an older version step by step; a newer version than ours is refused, never guessed at. */
export function upcastTo(
  current: number,
  version: number,
  steps: Readonly<Record<number, (data: unknown) => unknown>>,
  data: unknown,
): Upcast {
  if (version > current)
    return { ok: false, reason: `version ${version} is newer than ${current}, the newest known here` }
  let lifted = data
  for (let v = version; v < current; v++) {
    const step = steps[v]
    if (step === undefined) return { ok: false, reason: `version ${v} is no longer read` }
    lifted = step(lifted)
  }
  return { ok: true, data: lifted }
}

function timeOutOfRange(path: string): ParseResult {
  return refuse('time_out_of_range', path, 'times lie between 1990-01-01 and one day ahead of the clock')
}

function refuse(code: ErrorCode, path: string, reason: string): ParseResult {
  return { ok: false, rejection: { code, path, reason } }
}

/** The first problem that zod found, in our words. One is enough: the sender mends it and sees the next. */
function reject(error: z.ZodError, prefix: string, input: unknown): ParseResult {
  const issue = error.issues[0]!
  const isAbsent = valueAt(input, issue.path) === undefined
  const at = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') at.push(issue.keys[0] ?? '')
  const path = [prefix, ...at].filter((part) => part !== '').join('/')
  const own = issue.code === 'custom' ? (issue.params as { code?: ErrorCode } | undefined)?.code : undefined
  // Null, a number, an array: no envelope at all.
  if (path === '' && issue.code === 'invalid_type') return refuse('invalid_event', '', issue.message)
  if (issue.code === 'unrecognized_keys') return refuse('unknown_field', path, issue.message)
  // Of an absent choice or union zod says that it is none of those allowed; that it is absent tells the sender more.
  if (isAbsent && own === undefined) return refuse('missing_field', path, 'is absent')
  return refuse(own ?? 'invalid_field', path, issue.message)
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let at = input
  for (const key of path) at = typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : at
  return at
}
