import { hash128 } from '../../schemas/hash.ts'
import type { Micros } from '../../schemas/money.ts'
import { COMMERCE_SLICE, type DIMENSIONS, WINDOW_SUMS } from '../../schemas/windows.ts'
import { HOUR_MS } from '../../schemas/zone.ts'

/**
 * What one observation adds to every window it falls into. Taking an observation back is adding the same with the
 * opposite sign, so a superseded row leaves exactly nothing behind.
 */
export type Contribution = {
  readonly tenant: string
  /** Local day of the account or shop, days since 1970. */
  readonly day: number
  /** The instant for windows below a day; undefined where the source reports days only. */
  readonly at_ms: number | undefined
  /** Offset of the local clock from UTC then, minutes. */
  readonly offset_min: number
  /** Length of the span that the row covers: an hourly report cannot be put into 5-minute windows. */
  readonly span_ms: number
  /** Values of DIMENSIONS in their order, '' where unknown. */
  readonly dimensions: readonly string[]
  readonly currency: string
  readonly slice: string
  /** Currency, slice and all dimensions as one text: the key of a cell in every set that has all dimensions. */
  readonly key: string
  /** The hash of the key, 16 bytes. */
  readonly hash: Uint8Array
  /** One number per WINDOW_SUMS. */
  readonly sums: readonly Sum[]
}

/** An exact integer: a number while it is safe, a bigint beyond. */
export type Sum = number | bigint

/** A delivery row, fresh from its event or read back from its fact table: the names are the same in both. */
export type DeliveryRow = AdPath & {
  readonly currency: string
  readonly hour_ms?: number | null
  readonly impressions?: Micros | null
  readonly clicks?: Micros | null
  readonly spend_micros?: Micros | null
  readonly conversions_micros?: Micros | null
  readonly claimed_micros?: Micros | null
  readonly video_views?: Micros | null
}

export function deliveryContribution(tenant: string, day: number, slice: string, row: DeliveryRow): Contribution {
  const sums = new Array<Sum>(WINDOW_SUMS.length).fill(0)
  sums[0] = 1
  put(sums, AT.impressions, row.impressions)
  put(sums, AT.clicks, row.clicks)
  put(sums, AT.spend, row.spend_micros)
  put(sums, AT.conversions, row.conversions_micros)
  put(sums, AT.claimed, row.claimed_micros)
  put(sums, AT.video_views, row.video_views)
  return {
    tenant,
    day,
    at_ms: row.hour_ms ?? undefined,
    offset_min: 0,
    span_ms: row.hour_ms == null ? 24 * HOUR_MS : HOUR_MS,
    ...keyed(dimensionsOf(row), row.currency, slice),
    sums,
  }
}

export type OrderRow = AdPath & {
  readonly ordered_ms: number
  readonly offset_min: number
  readonly currency: string
  readonly total_micros: Micros
  readonly status: string
  readonly test?: boolean | number | null
}

/** Test and voided orders are left out; cancelled ones count, with their refunds. */
export function orderContribution(tenant: string, day: number, row: OrderRow): Contribution | undefined {
  if (row.test === true || row.test === 1 || row.status === 'voided') return undefined
  const sums = new Array<Sum>(WINDOW_SUMS.length).fill(0)
  sums[0] = 1
  sums[AT.orders] = 1
  sums[AT.gross] = toSum(row.total_micros)
  return commerce(tenant, day, row.ordered_ms, row, sums)
}

export type RefundRow = AdPath & {
  readonly refunded_ms: number
  readonly offset_min: number
  readonly currency?: string
  readonly amount_micros?: Micros | null
  readonly kind: string
  readonly success: boolean
  readonly test?: boolean | null
}

/** Only successful refunds take money off the revenue; one whose amount is unknown is counted, its money is not made up. */
export function refundContribution(tenant: string, day: number, row: RefundRow): Contribution | undefined {
  if (row.kind !== 'refund' || !row.success || row.test === true) return undefined
  const sums = new Array<Sum>(WINDOW_SUMS.length).fill(0)
  sums[0] = 1
  sums[AT.refunds] = 1
  put(sums, AT.refunded, row.amount_micros)
  return commerce(tenant, day, row.refunded_ms, { ...row, currency: row.currency ?? '' }, sums)
}

/** a + b × sign, exactly. */
export function addExact(a: Sum, b: Sum, sign: 1 | -1): Sum {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = sign === 1 ? a + b : a - b
    if (sum <= Number.MAX_SAFE_INTEGER && sum >= -Number.MAX_SAFE_INTEGER) return sum
  }
  const exact = BigInt(a) + (sign === 1 ? BigInt(b) : -BigInt(b))
  return exact <= SAFE && exact >= -SAFE ? Number(exact) : exact
}

/** An integer in its JSON spelling to a sum. */
export function toSum(value: Micros): Sum {
  if (typeof value === 'number') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value)
}

type AdPath = { readonly [K in (typeof DIMENSIONS)[number]]?: string | null }

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)
const AT = {
  impressions: WINDOW_SUMS.indexOf('impressions'),
  clicks: WINDOW_SUMS.indexOf('clicks'),
  spend: WINDOW_SUMS.indexOf('spend_micros'),
  conversions: WINDOW_SUMS.indexOf('conversions_micros'),
  claimed: WINDOW_SUMS.indexOf('claimed_micros'),
  video_views: WINDOW_SUMS.indexOf('video_views'),
  orders: WINDOW_SUMS.indexOf('orders'),
  gross: WINDOW_SUMS.indexOf('gross_micros'),
  refunds: WINDOW_SUMS.indexOf('refunds'),
  refunded: WINDOW_SUMS.indexOf('refunds_micros'),
}

/** The value and, right behind it, the count of observations that knew it. */
function put(sums: Sum[], at: number, value: Micros | null | undefined): void {
  if (value === undefined || value === null) return
  sums[at] = toSum(value)
  sums[at + 1] = 1
}

function commerce(
  tenant: string,
  day: number,
  at_ms: number,
  row: AdPath & { readonly offset_min: number; readonly currency: string },
  sums: Sum[],
): Contribution {
  return {
    tenant,
    day,
    at_ms,
    offset_min: row.offset_min,
    span_ms: 0,
    ...keyed(dimensionsOf(row), row.currency, COMMERCE_SLICE),
    sums,
  }
}

function keyed(dimensions: readonly string[], currency: string, slice: string) {
  const key = cellKey(dimensions, currency, slice)
  return { dimensions, currency, slice, key, hash: cellHash(key) }
}

/** The 16 bytes that stand for a cell's key in its table. */
export function cellHash(key: string): Uint8Array {
  const words = new Uint32Array(4)
  hash128(key, 0, words)
  return new Uint8Array(words.buffer)
}

/** U+0000 is in none of the parts (the schemas refuse it), so different keys stay different. */
export function cellKey(dimensions: readonly string[], currency: string, slice: string): string {
  return `${currency}\0${slice}\0${dimensions.join('\0')}`
}

function dimensionsOf(row: AdPath): string[] {
  return [
    row.platform ?? '',
    row.account ?? '',
    row.campaign ?? '',
    row.ad_group ?? '',
    row.ad ?? '',
    row.creative ?? '',
    row.country ?? '',
    row.device ?? '',
  ]
}
