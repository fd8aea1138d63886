import { z } from 'zod'
import { isCurrency } from './currencies.ts'
import { parseMoney } from './money.ts'
import { isZone, parseDay } from './zone.ts'

/**
 * The building blocks of all event schemas. A block that fails for a reason of its own names the error code in
 * `params.code`; plain type errors are given their code by `parse.ts`.
 */

/** An identifier: string or integer, 1 to 256 characters, no control characters. Kept as a string. */
export const id = z
  .union([z.string(), z.int()])
  .transform((value, context) => checkedText(String(value), 256, context))
  .describe('identifier, 1 to 256 characters without control characters; integers are accepted')

// Filled while the schemas below are made, never after; so it must stand before them.
const textMaxima = new WeakMap<object, number>()

/**
 * Characters of what people name things (UTF-16 units): platforms and shops set no limit that could be relied on, and a
 * name that is refused takes its order or campaign with it.
 */
export const NAME_LENGTH_MAX = 10_000

/** Free text without control characters other than tab and line breaks. */
export const text = (max: number) => {
  const schema = z
    .string()
    .max(max)
    .superRefine((value, context) => {
      if (FORBIDDEN_IN_TEXT.test(value)) issue(context, 'control_character', 'contains a control character')
    })
  textMaxima.set(schema._zod.def, max)
  return schema
}

/** How long a field that was made by {@link text} may be, in UTF-16 units; undefined for any other schema. */
export function textMaxOf(schema: z.ZodType): number | undefined {
  return textMaxima.get(schema._zod.def)
}

/** A word of the field's vocabulary: lower case, digits, underscore; such as `google_ads`. */
export const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_]{0,63}$/, 'lower-case letters, digits and underscores, at most 64')

/** A count: an integer ≥ 0 that a double holds exactly. */
export const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

/** Money in major units as a decimal string or number; becomes integer micros. See INTERFACES "Events". */
export const money = z
  .union([z.string().max(400), z.number()])
  .transform((value, context) => {
    const result = parseMoney(value)
    if (result.ok) return result.micros
    if (result.reason === 'out_of_range') {
      issue(context, 'money_out_of_range', 'money must be below 2^62 micros in size')
    } else issue(context, 'invalid_field', 'not a decimal number')
    return z.NEVER
  })
  .describe('money in major units, decimal string or number, at most 6 decimals (more are rounded half-even)')

/** A number that platforms report with fractions (modelled conversions, frequency), kept in millionths like money. */
export const decimal = money.describe('decimal string or number with at most 6 decimals (more are rounded half-even)')

/** ISO 4217 code. */
export const currency = z.string().superRefine((value, context) => {
  if (!isCurrency(value)) issue(context, 'bad_currency', 'not an ISO 4217 currency code')
})

/** IANA time zone name. */
export const zone = z
  .string()
  .max(64)
  .superRefine((value, context) => {
    if (!isZone(value)) issue(context, 'bad_time_zone', 'not an IANA time zone')
  })

/** Calendar date, kept as text; its range is checked against the clock in `parse.ts`. */
export const day = z
  .string()
  .superRefine((value, context) => {
    const number = parseDay(value)
    if (number === undefined) issue(context, 'invalid_field', 'not a calendar date YYYY-MM-DD')
    else if (number < DAY_MIN) issue(context, 'time_out_of_range', 'before 1990-01-01')
    else if (number > DAY_MAX) issue(context, 'time_out_of_range', 'after 2149-06-06')
  })
  .describe('calendar date YYYY-MM-DD, from 1990-01-01')

/** RFC 3339 instant; becomes ms since 1970. */
export const instant = z
  .string()
  .transform((value, context) => {
    const at_ms = parseInstant(value)
    if (at_ms === undefined) {
      issue(context, 'invalid_field', 'not an RFC 3339 time')
      return z.NEVER
    }
    if (at_ms < TIME_MIN_MS) issue(context, 'time_out_of_range', 'before 1990-01-01')
    return at_ms
  })
  .describe('RFC 3339 time, from 1990-01-01 to one day ahead')

/** ISO 3166-1 alpha-2 country, or the platform's own code where it has no ISO one. */
export const country = z
  .string()
  .regex(/^[A-Z0-9_-]{2,16}$/i)
  .transform((value) => value.toUpperCase())

export const device = z
  .string()
  .regex(/^[A-Za-z0-9_ -]{1,32}$/)
  .transform((value) => value.toLowerCase())

/** Fields that are encrypted before the log, together, under the key of the event's subject. */
export const personal = z.strictObject({
  email: text(320).nullish().describe('joins by the HMAC of its lower case'),
  phone: text(64).nullish().describe('joins by the HMAC of its digits'),
  name: text(512).nullish().describe('name'),
  address: text(2048).nullish().describe('postal address'),
  ip: text(64).nullish().describe('IP address'),
})
export type Personal = z.output<typeof personal>

/** The ad object that a row, a touch or an order's referrer belongs to. */
export const adPath = {
  platform: slug.nullish().describe('ad platform that it belongs to, such as google_ads'),
  account: id.nullish().describe('ad account that it belongs to'),
  campaign: id.nullish().describe('campaign that it belongs to'),
  ad_group: id.nullish().describe('ad group or ad set that it belongs to'),
  ad: id.nullish().describe('ad that it belongs to'),
  creative: id.nullish().describe('creative that it belongs to'),
}

/** RFC 3339 to ms since 1970, or undefined. A leap second is read as the second before it. */
export function parseInstant(text: string): number | undefined {
  // Date.parse would make the 2nd of March of a 30th of February.
  if (!RFC3339.test(text) || parseDay(text.slice(0, 10)) === undefined) return undefined
  const at_ms = Date.parse(text.replace(/:60(?=[.Z+-])/i, ':59'))
  return Number.isNaN(at_ms) ? undefined : at_ms
}

export const TIME_MIN_MS = Date.UTC(1990, 0, 1)
const DAY_MIN = TIME_MIN_MS / 86_400_000
/** 2149-06-06, the last day that the store's Date can hold: a holiday may be planned, but not be out of its reach. */
export const DAY_MAX = 65_535
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/
const CONTROL = /[\u0000-\u001f\u007f]/
const FORBIDDEN_IN_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

function checkedText(value: string, max: number, context: z.RefinementCtx): string {
  if (value.length === 0 || value.length > max) issue(context, 'invalid_field', `1 to ${max} characters`)
  else if (CONTROL.test(value)) issue(context, 'control_character', 'contains a control character')
  return value
}

function issue(context: z.RefinementCtx, code: string, message: string): void {
  context.addIssue({ code: 'custom', message, params: { code } })
}
