import type { Micros } from '../../schemas/money.ts'
import { COMMERCE_SLICE, type DIMENSIONS, WINDOW_SUMS } from '../../schemas/windows.ts'
import { HOUR_MS } from '../../schemas/zone.ts'
import { CellKey } from './cell-key.ts'

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
  readonly key: CellKey
  /** Places in WINDOW_SUMS of what it adds to; the others it leaves alone. `n` is among them. */
  readonly places: readonly number[]
  /** What it adds there. */
  readonly values: readonly Sum[]
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
  const places = [AT.n]
  const values: Sum[] = [1]
  put(places, values, AT.impressions, row.impressions)
  put(places, values, AT.clicks, row.clicks)
  put(places, values, AT.spend, row.spend_micros)
  put(places, values, AT.conversions, row.conversions_micros)
  put(places, values, AT.claimed, row.claimed_micros)
  put(places, values, AT.video_views, row.video_views)
  return {
    tenant,
    day,
    at_ms: row.hour_ms ?? undefined,
    offset_min: 0,
    span_ms: row.hour_ms == null ? 24 * HOUR_MS : HOUR_MS,
    key: new CellKey([...dimensionsOf(row), row.currency, slice]),
    places,
    values,
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
  return commerce(tenant, day, row.ordered_ms, row, ORDER_PLACES, [1, 1, toSum(row.total_micros)])
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
  const places = [AT.n, AT.refunds]
  const values: Sum[] = [1, 1]
  put(places, values, AT.refunded, row.amount_micros)
  return commerce(tenant, day, row.refunded_ms, { ...row, currency: row.currency ?? '' }, places, values)
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
export const AT = {
  n: WINDOW_SUMS.indexOf('n'),
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

export const ORDER_PLACES: readonly number[] = [AT.n, AT.orders, AT.gross]

/** The value and, right behind it, the count of observations that knew it. */
function put(places: number[], values: Sum[], at: number, value: Micros | null | undefined): void {
  if (value === undefined || value === null) return
  places.push(at, at + 1)
  values.push(toSum(value), 1)
}

function commerce(
  tenant: string,
  day: number,
  at_ms: number,
  row: AdPath & { readonly offset_min: number; readonly currency: string },
  places: readonly number[],
  values: readonly Sum[],
): Contribution {
  return {
    tenant,
    day,
    at_ms,
    offset_min: row.offset_min,
    span_ms: 0,
    key: new CellKey([...dimensionsOf(row), row.currency, COMMERCE_SLICE]),
    places,
    values,
  }
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
