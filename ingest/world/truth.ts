import { DAY_MS, instantOf, localHourStart, utcOffsetMin } from '../../schemas/zone.ts'
import { generatorsOf } from './generators.ts'
import type { Injection } from './injection.ts'
import type { Arrival, DeliveryRow, Order, Recorder, Referrer } from './model.ts'
import type { Shop, WorldSpec } from './spec.ts'
import { dayStart, dayText } from './time.ts'

/** Sums of what was drawn, in integers; money in micros of the row's currency. */
export type TruthSums = {
  impressions: number
  clicks: number
  conversions: number
  spend_micros: number
  claimed_micros: number
  video_views_3s: number
  orders: number
  gross_micros: number
  refunds_micros: number
}

/** Null where a thing has no such property: the platform of an organic order, the device of a report row. */
export type TruthKey = {
  day: string
  /** UTC instant of the start of the local hour; null for report rows of whole days. */
  hour_ms: number | null
  platform: string | null
  account: string | null
  campaign: string | null
  ad_group: string | null
  ad: string | null
  creative: string | null
  country: string | null
  device: string | null
  currency: string
}

export type TruthRow = TruthKey & TruthSums

export type TruthOptions = {
  readonly injections?: readonly Injection[]
  /** Only what has been delivered by then, in its newest version; everything when left out. */
  readonly known_at_ms?: number
  /** Local day after which nothing new begins; the end of the history when left out. */
  readonly last_day?: number
  /** What the ad platforms say, or what the shops sold; both when left out. */
  readonly of?: 'delivery' | 'commerce'
}

/**
 * What the world's numbers are, grouped by the given properties, summed from the simulator's own draws and never from
 * its events. Definitions: INTERFACES "Metrics". Report rows are taken from the hours where there are hours.
 */
export function sumTruth(spec: WorldSpec, by: readonly (keyof TruthKey)[], options: TruthOptions = {}): TruthRow[] {
  const rows = new Map<string, TruthRow>()
  const known_at_ms = options.known_at_ms ?? Number.POSITIVE_INFINITY

  const add = (key: TruthKey, sums: Partial<TruthSums>) => {
    let name = ''
    for (const field of by) name += `${key[field] ?? ''}\0`
    let row = rows.get(name)
    if (row === undefined) {
      row = { ...NO_KEY, ...NO_SUMS, currency: by.includes('currency') ? key.currency : '' }
      for (const field of by) (row as Record<string, unknown>)[field] = key[field]
      rows.set(name, row)
    }
    for (const measure in sums) row[measure as keyof TruthSums] += sums[measure as keyof TruthSums]!
  }

  follow(spec, options, {
    order: (order) => addOrder(order, known_at_ms, by.includes('hour_ms'), add),
    delivery: (row) => addDelivery(row, known_at_ms, by.includes('hour_ms'), add),
    other: () => {},
  })
  for (const row of rows.values()) {
    for (const measure in NO_SUMS) {
      if (!Number.isSafeInteger(row[measure as keyof TruthSums]))
        throw new RangeError(`truth of ${measure} is not exact`)
    }
  }
  return [...rows.values()]
}

/** Runs every generator over the days of the history (or up to `last_day`) into a recorder. */
export function follow(spec: WorldSpec, options: TruthOptions, recorder: Recorder): void {
  const until_ms = options.known_at_ms ?? Number.POSITIVE_INFINITY
  const last_day = options.last_day ?? spec.first_day + spec.days - 1
  const parts = {
    ...spec,
    accounts: options.of === 'commerce' ? [] : spec.accounts,
    shops: options.of === 'delivery' ? [] : spec.shops,
  }
  for (const generator of generatorsOf(parts, options.injections ?? [])) {
    for (let day = spec.first_day; day <= last_day && dayStart(generator.zone, day) < until_ms; day++) {
      generator.day(day, recorder)
    }
  }
}

/** The newest of what has arrived by then, or undefined. */
export function newestKnown<T extends Arrival>(versions: readonly T[], known_at_ms: number): T | undefined {
  return versions.findLast(({ due_ms }) => due_ms < known_at_ms)
}

type Add = (key: TruthKey, sums: Partial<TruthSums>) => void

function addOrder(order: Order, known_at_ms: number, hourly: boolean, add: Add): void {
  const { shop, day, referrer, test } = order
  const unit = shop.unit_micros
  const version = newestKnown(order.versions, known_at_ms)
  if (test) return
  const common = { country: order.country, device: order.device, currency: shop.currency }
  if (version !== undefined && version.status !== 'voided') {
    const path = version.with_path ? referrer : null
    const hour_ms = hourly ? hourOf(shop, order.at_ms) : null
    const sums = { orders: 1, gross_micros: version.total * unit }
    add({ ...pathOf(path), ...common, day: dayText(day), hour_ms }, sums)
  }
  for (const refund of order.refunds) {
    if (refund.kind !== 'refund' || !refund.success || refund.due_ms >= known_at_ms) continue
    const offset_min = utcOffsetMin(shop.zone, refund.occurred_ms)
    const refund_day = Math.floor((refund.occurred_ms + offset_min * 60_000) / DAY_MS)
    const hour_ms = hourly ? hourOf(shop, refund.occurred_ms) : null
    const key = { ...pathOf(referrer), ...common, day: dayText(refund_day), hour_ms }
    add(key, { refunds_micros: refund.amount * unit })
  }
}

function addDelivery(row: DeliveryRow, known_at_ms: number, hourly: boolean, add: Add): void {
  const { account, ad, day, hour } = row
  if (hour === null && day >= account.hourly_from) return
  const look = newestKnown(row.looks, known_at_ms)
  if (look === undefined) return
  const unit = account.unit_micros
  const key = {
    ...pathOf({ account, ad }),
    day: dayText(day),
    hour_ms: hourly && hour !== null ? instantOf(account.zone, day, hour * 60) : null,
    country: ad.country,
    device: null,
    currency: account.currency,
  }
  add(key, {
    impressions: look.impressions,
    clicks: look.clicks,
    conversions: look.conversions,
    spend_micros: look.spend * unit,
    claimed_micros: look.value * unit,
    video_views_3s: look.views,
  })
}

function hourOf(shop: Shop, at_ms: number): number {
  return localHourStart(at_ms, utcOffsetMin(shop.zone, at_ms))
}

function pathOf(referrer: Referrer | null) {
  if (referrer === null) return NO_PATH
  const { account, ad } = referrer
  return {
    platform: account.platform,
    account: account.id,
    campaign: ad.campaign,
    ad_group: ad.ad_group,
    ad: ad.id,
    creative: ad.creative,
  }
}

const NO_PATH = { platform: null, account: null, campaign: null, ad_group: null, ad: null, creative: null }
const NO_KEY: TruthKey = { day: '', hour_ms: null, ...NO_PATH, country: null, device: null, currency: '' }
const NO_SUMS: TruthSums = {
  impressions: 0,
  clicks: 0,
  conversions: 0,
  spend_micros: 0,
  claimed_micros: 0,
  video_views_3s: 0,
  orders: 0,
  gross_micros: 0,
  refunds_micros: 0,
}
