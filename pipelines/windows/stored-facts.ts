import {
  type Contribution,
  type DeliveryRow,
  deliveryContribution,
  type OrderRow,
  orderContribution,
  type RefundRow,
  refundContribution,
} from './contribution.ts'

/** How what an event contributed to the windows is read back from its fact row. */
export type FactReader = {
  readonly table: string
  /** What `read` needs to be selected, besides `tenant` and `day`. */
  readonly columns: string
  /** Undefined for a fact that counts in no window: a test or voided order, a refund that failed. */
  read(tenant: string, day: number, row: StoredFact): Contribution | undefined
}

export type StoredFact = Readonly<Record<string, unknown>>

const AD_PATH = 'platform, account, campaign, ad_group, ad, creative, country, device, currency'

/** By event type: every type that counts in windows (see `contributors.ts`). */
export const CONTRIBUTING: ReadonlyMap<string, FactReader> = new Map([
  [
    'ad_delivery.observed',
    {
      table: 'fact_delivery',
      columns: `${AD_PATH}, slice, toUnixTimestamp(hour_start) * 1000 AS hour_ms,
      impressions, clicks, spend_micros, conversions_micros, claimed_micros, video_views`,
      read(tenant, day, row) {
        const stored = row as unknown as Omit<DeliveryRow, 'hour_ms'> & { slice: string; hour_ms: string | null }
        const hour_ms = stored.hour_ms === null ? null : Number(stored.hour_ms)
        return deliveryContribution(tenant, day, stored.slice, { ...stored, hour_ms })
      },
    },
  ],
  [
    'order.observed',
    {
      table: 'fact_orders',
      columns: `${AD_PATH}, toUnixTimestamp64Milli(ordered_at) AS ordered_ms, utc_offset_min AS offset_min,
      total_micros, status, test`,
      read(tenant, day, row) {
        const stored = row as unknown as Omit<OrderRow, 'ordered_ms'> & { ordered_ms: string }
        return orderContribution(tenant, day, { ...stored, ordered_ms: Number(stored.ordered_ms) })
      },
    },
  ],
  [
    'order.refunded',
    {
      table: 'fact_refunds',
      columns: `${AD_PATH}, toUnixTimestamp64Milli(refunded_at) AS refunded_ms, utc_offset_min AS offset_min,
      amount_micros, kind, success, test`,
      read(tenant, day, row) {
        const stored = row as unknown as StoredRefund
        const { success, test, refunded_ms } = stored
        return refundContribution(tenant, day, {
          ...stored,
          refunded_ms: Number(refunded_ms),
          success: success === 1,
          test: test === 1,
        })
      },
    },
  ],
] satisfies [string, FactReader][])

type StoredRefund = Omit<RefundRow, 'refunded_ms' | 'success' | 'test'> & {
  readonly refunded_ms: string
  readonly success: number
  readonly test: number
}
