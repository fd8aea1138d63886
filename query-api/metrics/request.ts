import { z } from 'zod'
import { isCurrency } from '../../schemas/currencies.ts'
import type { ErrorCode } from '../../schemas/errors.ts'
import { NAME_LENGTH_MAX, parseInstant } from '../../schemas/fields.ts'
import { dimensionOf, METRIC_DIMENSIONS, type Measure, measureOf } from '../../schemas/metrics.ts'
import { isZone, parseDay } from '../../schemas/zone.ts'
import { ApiError } from '../problem.ts'

/** A question to the metrics API after its border: every name exists, every value has its type. */
export type MetricsRequest = {
  readonly measures: readonly Measure[]
  /** In the order of the answer's keys; the grain, when it was not named among them, first. */
  readonly dimensions: readonly string[]
  readonly filters: readonly Filter[]
  /** Days since 1970; `to` is exclusive. Undefined is unbounded. */
  readonly from: number | undefined
  readonly to: number | undefined
  readonly time_zone: string | undefined
  readonly currency: string | undefined
  readonly compare: Compare | undefined
  readonly as_of_ms: number | undefined
  readonly order: readonly Order[]
  readonly limit: number | undefined
  /** Where an earlier answer to the same question was cut (see cursor.ts). */
  readonly cursor: string | undefined
}

export type Compare = 'previous_period' | 'previous_year'
export type Order = { readonly by: string; readonly desc: boolean }
export type Op = 'eq' | 'ne' | 'in' | 'gt' | 'gte' | 'lt' | 'lte'
/** A null value asks for (or against) what is unknown. `in` has a list, every other operator one value. */
export type Filter = { readonly field: string; readonly op: Op; readonly values: readonly (string | null)[] }

export const LIMIT_MAX = 100_000

const OPS = ['eq', 'ne', 'in', 'gt', 'gte', 'lt', 'lte'] as const
const GRAINS = ['hour', 'day', 'week', 'month', 'all'] as const
const names = z.array(z.string().max(64)).max(50)
const value = z.union([z.string().max(NAME_LENGTH_MAX), z.number(), z.null()])

/** The body of `POST /v1/metrics`. */
export const requestBody = z.strictObject({
  measures: names.min(1),
  dimensions: names.nullish(),
  filters: z
    .array(z.strictObject({ field: z.string(), op: z.string(), value: z.union([value, z.array(value).max(1000)]) }))
    .max(50)
    .nullish(),
  from: z.string().nullish(),
  to: z.string().nullish(),
  grain: z.string().nullish(),
  time_zone: z.string().nullish(),
  currency: z.string().nullish(),
  compare: z.string().nullish(),
  as_of: z.string().nullish(),
  order: z
    .union([
      z.string(),
      z.array(z.union([z.string(), z.strictObject({ by: z.string(), desc: z.boolean().nullish() })])),
    ])
    .nullish(),
  limit: z.union([z.number(), z.string()]).nullish(),
  cursor: z.string().max(16_384).nullish(),
})

/**
 * Reads the body of a POST.
 *
 * @throws ApiError with the code of the first thing that is wrong
 */
export function parseRequest(body: unknown): MetricsRequest {
  const parsed = requestBody.safeParse(body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    const at = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path
    throw new ApiError('bad_request', `${at.join('/') || 'body'}: ${issue.message}`, { path: at.join('/') })
  }
  const raw = parsed.data
  const measures = [...new Set(raw.measures)].map((name, i) => {
    const measure = measureOf.get(name)
    if (measure === undefined)
      return fail(
        'unknown_measure',
        `no measure ${quoted(name)}; there are ${[...measureOf.keys()].join(', ')}`,
        `measures/${i}`,
      )
    return measure
  })
  const from = parseLabel(raw.from, 'from')
  const to = parseLabel(raw.to, 'to')
  if (from !== undefined && to !== undefined && to <= from)
    fail('bad_range', '`to` is exclusive and must lie after `from`', 'to')
  const dimensions = parseDimensions(raw.dimensions ?? [], raw.grain ?? undefined)
  return {
    measures,
    dimensions,
    filters: (raw.filters ?? []).map((f, i) => parseFilter(f, `filters/${i}`)),
    from,
    to,
    time_zone: checked(raw.time_zone, isZone, 'bad_time_zone', 'time_zone', 'not an IANA time zone'),
    currency: checked(raw.currency, isCurrency, 'bad_currency', 'currency', 'not an ISO 4217 code'),
    compare: parseCompare(raw.compare, from, to),
    as_of_ms: parseAsOf(raw.as_of),
    order: parseOrder(raw.order ?? [], measures, dimensions, raw.compare != null),
    limit: parseLimit(raw.limit),
    cursor: raw.cursor ?? undefined,
  }
}

function parseDimensions(given: readonly string[], grain: string | undefined): readonly string[] {
  const dimensions = [...new Set(given)]
  for (const [i, name] of dimensions.entries()) {
    if (!dimensionOf.has(name)) {
      fail(
        'unknown_dimension',
        `no dimension ${quoted(name)}; there are ${METRIC_DIMENSIONS.map((d) => d.name).join(', ')}`,
        `dimensions/${i}`,
      )
    }
  }
  if (grain === undefined) return dimensions
  if (!(GRAINS as readonly string[]).includes(grain))
    fail('bad_grain', `a grain is one of ${GRAINS.join(', ')}`, 'grain')
  const times = dimensions.filter((d) => dimensionOf.get(d)!.kind === 'time')
  if (times.some((d) => d !== grain)) {
    fail(
      'bad_grain',
      `grain ${grain} and dimension ${times.join(', ')} are two answers to one question: give one`,
      'grain',
    )
  }
  return grain === 'all' || times.length > 0 ? dimensions : [grain, ...dimensions]
}

function parseFilter(raw: { field: string; op: string; value: unknown }, path: string): Filter {
  const dimension = dimensionOf.get(raw.field)
  if (dimension === undefined) fail('unknown_filter', `no dimension ${quoted(raw.field)} to filter by`, `${path}/field`)
  const op = raw.op as Op
  if (!(OPS as readonly string[]).includes(op))
    fail('unknown_filter', `an operator is one of ${OPS.join(', ')}`, `${path}/op`)
  const list = Array.isArray(raw.value) ? raw.value : [raw.value]
  if (Array.isArray(raw.value) !== (op === 'in')) {
    fail('unknown_filter', op === 'in' ? '`in` takes a list' : `\`${op}\` takes one value`, `${path}/value`)
  }
  const values = list.map((v: unknown) => (v === null ? null : String(v)))
  if (values.includes(null) && op !== 'eq' && op !== 'ne' && op !== 'in') {
    fail('unknown_filter', 'null has no order: use eq, ne or in', `${path}/value`)
  }
  if (dimension!.kind === 'time') {
    for (const v of values) checkTime(raw.field, v, `${path}/value`)
  }
  return { field: raw.field, op, values }
}

function checkTime(field: string, v: string | null, path: string): void {
  const good = v !== null && (field === 'hour' ? parseInstant(v) !== undefined : parseDay(v) !== undefined)
  if (!good) fail('unknown_filter', field === 'hour' ? 'not an RFC 3339 time' : 'not a date YYYY-MM-DD', path)
}

function parseLabel(text: string | null | undefined, path: string): number | undefined {
  if (text == null) return undefined
  const day = parseDay(text)
  // The store's times begin in 1970 and end in 2106; events begin in 1990.
  if (day === undefined || day < 0 || day > 49_000)
    return fail('bad_range', `${path} is not a date YYYY-MM-DD (1970 to 2104)`, path)
  return day
}

function parseCompare(
  text: string | null | undefined,
  from: number | undefined,
  to: number | undefined,
): Compare | undefined {
  if (text == null) return undefined
  if (text !== 'previous_period' && text !== 'previous_year')
    return fail('bad_compare', 'previous_period or previous_year', 'compare')
  if (from === undefined || to === undefined) fail('bad_compare', 'a comparison needs `from` and `to`', 'compare')
  return text
}

function parseAsOf(text: string | null | undefined): number | undefined {
  if (text == null) return undefined
  return parseInstant(text) ?? fail('bad_as_of', 'as_of is an RFC 3339 time', 'as_of')
}

type RawOrder = string | readonly (string | { by: string; desc?: boolean | null | undefined })[]

/** `"-spend,day"`, `["spend:desc", "day"]` or `[{"by":"spend","desc":true}]`. */
function parseOrder(
  raw: RawOrder,
  measures: readonly Measure[],
  dimensions: readonly string[],
  compared: boolean,
): Order[] {
  const list = typeof raw === 'string' ? raw.split(',').filter((part) => part !== '') : raw
  const keys = new Set([...measures.map((m) => m.name), ...dimensions])
  if (compared) for (const m of measures) keys.add(`${m.name}_previous`).add(`${m.name}_change`)
  return list.map((item, i) => {
    const order = typeof item === 'string' ? orderOfText(item) : { by: item.by, desc: item.desc === true }
    if (!keys.has(order.by))
      fail('bad_order', `${quoted(order.by)} is neither a measure nor a dimension of this question`, `order/${i}`)
    return order
  })
}

function orderOfText(text: string): Order {
  if (text.startsWith('-')) return { by: text.slice(1), desc: true }
  const match = /^(.*?)[: ](asc|desc)$/i.exec(text)
  return match === null ? { by: text, desc: false } : { by: match[1]!, desc: match[2]!.toLowerCase() === 'desc' }
}

function parseLimit(raw: number | string | null | undefined): number | undefined {
  if (raw == null) return undefined
  const limit = typeof raw === 'string' && /^\d{1,9}$/.test(raw) ? Number(raw) : raw
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    return fail('bad_limit', `a whole number from 1 to ${LIMIT_MAX}`, 'limit')
  }
  return limit
}

function checked(
  text: string | null | undefined,
  is: (text: string) => boolean,
  code: ErrorCode,
  path: string,
  reason: string,
): string | undefined {
  if (text == null) return undefined
  return is(text) ? text : fail(code, `${quoted(text)} is ${reason}`, path)
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80))
}

function fail(code: ErrorCode, detail: string, path: string): never {
  throw new ApiError(code, detail, { path })
}
