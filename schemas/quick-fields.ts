import type { z } from 'zod'
import { isCurrency } from './currencies.ts'
import {
  count,
  country,
  currency,
  DAY_MAX,
  day,
  device,
  id,
  instant,
  money,
  parseInstant,
  slug,
  TIME_MIN_MS,
  zone,
} from './fields.ts'
import { parseMoney } from './money.ts'
import { DAY_MS, isZone, parseDay } from './zone.ts'

/** The answer of a quick check that cannot say yes: the full schema decides, and words the reason. */
export const UNSURE = Symbol('unsure')

/** The value that the schema would give, or {@link UNSURE}. Never says yes where the schema says no. */
export type QuickCheck = (value: unknown) => unknown

/**
 * A quick check for one field's schema. The blocks of `fields.ts` have one written by hand, found by the schema's
 * definition (`describe` and `nullish` keep it); any other schema checks itself.
 */
export function quickCheck(schema: z.ZodType): QuickCheck {
  const def = schema._zod.def as unknown as Definition
  const known = CHECKS.get(def)
  if (known !== undefined) return known
  if (def.type === 'optional') return quickCheck(def.innerType!)
  if (def.type === 'nullable') {
    const inner = quickCheck(def.innerType!)
    return (value) => (value === null ? null : inner(value))
  }
  if (def.type === 'default') return quickCheck(def.innerType!)
  if (def.type === 'boolean') return (value) => (typeof value === 'boolean' ? value : UNSURE)
  if (def.type === 'enum') {
    const words = new Set(Object.values(def.entries!))
    return (value) => (words.has(value as string) ? value : UNSURE)
  }
  return (value) => {
    const result = schema.safeParse(value)
    return result.success ? result.data : UNSURE
  }
}

/** What an absent field becomes: UNSURE when it is required, its default, or undefined. */
export function whenAbsent(schema: z.ZodType): unknown {
  const def = schema._zod.def as unknown as Definition
  if (def.type === 'default') return def.defaultValue
  return def.type === 'optional' ? undefined : UNSURE
}

/** An identifier as `fields.id` reads it. */
export function quickId(value: unknown): unknown {
  if (typeof value !== 'string') return Number.isSafeInteger(value) ? String(value) : UNSURE
  const length = value.length
  if (length === 0 || length > 256) return UNSURE
  for (let at = 0; at < length; at++) {
    const unit = value.charCodeAt(at)
    if (unit < 0x20 || unit === 0x7f) return UNSURE
  }
  return value
}

/** `YYYY-MM-DDTHH:MM:SS[.mmm]Z`, the spelling of nearly all events, by hand; other RFC 3339 spellings as before. */
export function quickInstant(text: string): number | undefined {
  const length = text.length
  if ((length === 20 || length === 24) && text.charCodeAt(length - 1) === 90 && text.charCodeAt(10) === 84) {
    const number = parseDay(text.slice(0, 10))
    const hour = twoDigits(text, 11)
    const minute = twoDigits(text, 14)
    const second = twoDigits(text, 17)
    const ms = length === 20 ? 0 : text.charCodeAt(19) === 46 ? digit(text, 20) * 100 + twoDigits(text, 21) : -1
    const shaped = text.charCodeAt(13) === 58 && text.charCodeAt(16) === 58 && number !== undefined
    if (shaped && inside(hour, 23) && inside(minute, 59) && inside(second, 59) && inside(ms, 999)) {
      return number * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + ms
    }
  }
  return parseInstant(text)
}

type Definition = {
  readonly type: string
  readonly innerType?: z.ZodType
  readonly entries?: Readonly<Record<string, string | number>>
  readonly defaultValue?: unknown
}

const CHECKS: ReadonlyMap<unknown, QuickCheck> = new Map<unknown, QuickCheck>([
  [id._zod.def, quickId],
  [money._zod.def, quickMoney],
  [count._zod.def, (value) => (Number.isSafeInteger(value) && (value as number) >= 0 ? value : UNSURE)],
  [currency._zod.def, (value) => (typeof value === 'string' && isCurrency(value) ? value : UNSURE)],
  [zone._zod.def, quickZone],
  [day._zod.def, quickDay],
  [instant._zod.def, quickTime],
  [slug._zod.def, (value) => (typeof value === 'string' && SLUG.test(value) ? value : UNSURE)],
  [country._zod.def, (value) => (typeof value === 'string' && COUNTRY.test(value) ? value.toUpperCase() : UNSURE)],
  [device._zod.def, (value) => (typeof value === 'string' && DEVICE.test(value) ? value.toLowerCase() : UNSURE)],
])

const DAY_MIN = TIME_MIN_MS / DAY_MS
const SLUG = /^[a-z0-9][a-z0-9_]{0,63}$/
const COUNTRY = /^[A-Z0-9_-]{2,16}$/i
const DEVICE = /^[A-Za-z0-9_ -]{1,32}$/
// A cache of a pure function, bounded: Intl takes 20 µs to judge a zone.
const zones = new Set<string>()

function quickDay(value: unknown): unknown {
  const number = typeof value === 'string' ? parseDay(value) : undefined
  return number !== undefined && number >= DAY_MIN && number <= DAY_MAX ? value : UNSURE
}

function quickTime(value: unknown): unknown {
  if (typeof value !== 'string') return UNSURE
  const at_ms = quickInstant(value)
  return at_ms !== undefined && at_ms >= TIME_MIN_MS ? at_ms : UNSURE
}

function quickZone(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > 64) return UNSURE
  if (zones.has(value)) return value
  if (!isZone(value)) return UNSURE
  if (zones.size < 1000) zones.add(value)
  return value
}

/** Up to 9 digits before the point and 6 after it are summed up here; everything else goes the long way. */
function quickMoney(value: unknown): unknown {
  if (typeof value === 'string') {
    const micros = plainMicros(value)
    if (micros !== undefined) return micros
    if (value.length > 400) return UNSURE
  } else if (typeof value !== 'number') return UNSURE
  const result = parseMoney(value)
  return result.ok ? result.micros : UNSURE
}

function plainMicros(text: string): number | undefined {
  const length = text.length
  const negative = text.charCodeAt(0) === 45
  let at = negative ? 1 : 0
  if (at === length || length > 17) return undefined
  let whole = 0
  const wholeFrom = at
  for (; at < length; at++) {
    const number = text.charCodeAt(at) - 48
    if (number < 0 || number > 9) break
    whole = whole * 10 + number
  }
  if (at === wholeFrom || at - wholeFrom > 9) return undefined
  let scale = 1_000_000
  if (at < length) {
    if (text.charCodeAt(at) !== 46 || length - at > 7) return undefined
    for (at++; at < length; at++) {
      const number = text.charCodeAt(at) - 48
      if (number < 0 || number > 9) return undefined
      whole = whole * 10 + number
      scale /= 10
    }
  }
  const micros = whole * scale
  return negative && micros !== 0 ? -micros : micros
}

function digit(text: string, at: number): number {
  const number = text.charCodeAt(at) - 48
  return number >= 0 && number <= 9 ? number : Number.NaN
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1)
}

/** False for NaN too, which stands for "no digit". */
function inside(value: number, max: number): boolean {
  return value >= 0 && value <= max
}
