import type { z } from 'zod'
import type { Family, ParseContext } from './events/family.ts'
import { FAMILIES } from './events/registry.ts'
import { TIME_MIN_MS } from './fields.ts'
import { envelope, type ParsedEvent, type ParseResult, parseEvent } from './parse.ts'
import { type QuickCheck, quickCheck, quickId, quickInstant, UNSURE, whenAbsent } from './quick-fields.ts'
import { DAY_MS } from './zone.ts'

/**
 * The same answer as {@link parseEvent}, several times faster for valid events. Only acceptance is quick: each field
 * is checked by a short function made from its schema, and at the first doubt the full schema is asked, which also
 * words every rejection. The families' `canonical` is the same code on both ways; a property test holds the two
 * together. (Measured: zod takes 8 µs for a delivery row of 20 fields, this way 1.5 µs.)
 */
export function parseEventQuick(raw: unknown, context: ParseContext): ParseResult {
  const event = quickEvent(raw, context)
  return event === undefined ? parseEvent(raw, context) : { ok: true, event }
}

/** The event, or undefined where only the full schema can tell. */
export function quickEvent(raw: unknown, context: ParseContext): ParsedEvent | undefined {
  if (!isRecord(raw)) return undefined
  const { type, version, tenant, source, occurred_at } = raw
  const quick = QUICK.get(type)
  if (quick === undefined || (version !== undefined && version !== quick.family.version)) return undefined
  if (version === undefined && quick.family.version !== 1) return undefined
  if (tenant !== undefined && tenant !== context.tenant) return undefined
  if (typeof source !== 'string' || !SOURCE.test(source) || typeof occurred_at !== 'string') return undefined
  const id = quickId(raw.id)
  if (id === UNSURE) return undefined
  for (const key in raw) if (!ENVELOPE.has(key)) return undefined

  const latest_ms = context.now_ms + DAY_MS
  const occurred_ms = quickInstant(occurred_at)
  if (occurred_ms === undefined || occurred_ms < TIME_MIN_MS || occurred_ms > latest_ms) return undefined
  const input = quickInput(quick, raw.data)
  if (input === undefined) return undefined
  const { family } = quick
  const canonical = family.canonical(input, context, id as string)
  for (const at_ms of canonical.times_ms) if (at_ms > latest_ms + DAY_MS || at_ms < TIME_MIN_MS) return undefined
  return {
    tenant: context.tenant,
    source,
    type: family.type,
    version: family.version,
    id: id as string,
    occurred_ms,
    data: canonical.data,
    personal: canonical.personal,
    subject: canonical.subject,
    group: family.group(id as string, canonical.data),
  }
}

type Fields = Record<string, unknown>
type Quick = {
  readonly family: Family
  readonly names: readonly string[]
  readonly checks: readonly QuickCheck[]
  readonly absent: readonly unknown[]
  /** All fields, undefined, in the schema's order: copying it is cheaper than adding fields one by one. */
  readonly blank: Readonly<Fields>
}

const ENVELOPE = new Set(Object.keys(envelope.shape))
// The pattern of the envelope's own field, so that there is one spelling of it.
const SOURCE = patternOf(envelope.shape.source)
const QUICK: ReadonlyMap<unknown, Quick> = new Map(FAMILIES.flatMap((family) => entry(family)))

function entry(family: Family): [string, Quick][] {
  const def = family.input._zod.def as { type: string; shape?: Record<string, z.ZodType>; checks?: unknown[] }
  // A schema that is more than its fields (a refinement over all of them) is left to zod.
  if (def.type !== 'object' || def.shape === undefined || (def.checks?.length ?? 0) > 0) return []
  const names = Object.keys(def.shape)
  const schemas = Object.values(def.shape)
  const blank = Object.fromEntries(names.map((name) => [name, undefined]))
  return [[family.type, { family, names, checks: schemas.map(quickCheck), absent: schemas.map(whenAbsent), blank }]]
}

function quickInput(quick: Quick, data: unknown): Fields | undefined {
  if (!isRecord(data)) return undefined
  const { names, checks, absent } = quick
  const input: Fields = { ...quick.blank }
  let taken = 0
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!
    const given = data[name]
    let value: unknown
    if (given === undefined) value = absent[i]
    else {
      value = checks[i]!(given)
      taken++
    }
    if (value === UNSURE) return undefined
    if (value !== undefined) input[name] = value
  }
  // Every field that is not ours makes the count differ; zod then names it.
  for (const _ in data) taken--
  return taken === 0 ? input : undefined
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The pattern that a text field must follow. */
export function patternOf(schema: z.ZodString): RegExp {
  const check = schema._zod.def.checks?.find((c) => 'pattern' in c._zod.def)
  if (check === undefined) throw new Error('the envelope has no pattern for its source')
  return (check._zod.def as unknown as { pattern: RegExp }).pattern
}
