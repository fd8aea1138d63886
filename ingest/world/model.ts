import type { Account, Ad, Shop } from './spec.ts'

/** An event in the collector's input form; see schemas/events. */
export type WorldEvent = {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly version: number
  readonly occurred_at: string
  readonly data: Readonly<Record<string, unknown>>
}

/** When something is seen and when it arrives; `again_ms` is 0 or when it arrives a second time. */
export type Arrival = { readonly occurred_ms: number; readonly due_ms: number; readonly again_ms: number }

export type Referrer = { readonly account: Account; readonly ad: Ad }

export type OrderStatus = 'pending' | 'paid' | 'partially_refunded' | 'refunded' | 'voided' | 'cancelled'

export type OrderVersion = Arrival & {
  readonly total: number
  readonly discount: number
  readonly status: OrderStatus
  readonly with_path: boolean
}

export type Refund = Arrival & {
  readonly id: string
  readonly amount: number
  readonly kind: 'refund' | 'capture'
  readonly success: boolean
}

export type Line = {
  readonly product: string
  readonly title: string
  readonly quantity: number
  readonly price: number
}

/** Amounts in the shop's smallest currency units, integers. Versions by `occurred_ms`, oldest first. */
export type Order = {
  readonly shop: Shop
  readonly id: string
  readonly customer: string | null
  readonly at_ms: number
  readonly day: number
  readonly referrer: Referrer | null
  readonly country: string
  readonly device: string
  readonly lines: readonly Line[]
  readonly subtotal: number
  readonly tax: number
  readonly shipping: number
  readonly test: boolean
  readonly versions: readonly OrderVersion[]
  readonly refunds: readonly Refund[]
}

/** What a platform's report says of one row at one moment; money in the account's smallest currency units. */
export type DeliveryLook = Arrival & {
  readonly impressions: number
  readonly clicks: number
  readonly spend: number
  readonly conversions: number
  readonly value: number
  readonly views: number
}

export type DeliveryRow = {
  readonly account: Account
  readonly ad: Ad
  readonly day: number
  /** Local hour, or null for the row of the whole day. */
  readonly hour: number | null
  /** People reached; only rows of a day have it. */
  readonly reach: number | null
  /** Oldest first. */
  readonly looks: readonly DeliveryLook[]
}

/** Where drawn things go: into the mail (timeline), or into the sums (truth). */
export type Recorder = {
  order(order: Order): void
  delivery(row: DeliveryRow): void
  other(arrival: Arrival, build: () => WorldEvent): void
}

/** Draws everything that begins on one local day; called for consecutive days. */
export type Generator = {
  readonly zone: string
  /** Days before the local day at which it must be drawn, because something of it happens earlier. */
  readonly lead_days: number
  /** Days that must be drawn again before the first wanted one when a world is resumed. */
  readonly lookback_days: number
  /** Days before those of which only `prepare` is needed: what they have planned for later days. */
  readonly plan_days: number
  prepare(day: number): void
  day(day: number, out: Recorder): void
}
