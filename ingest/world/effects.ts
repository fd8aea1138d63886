import { localDay, utcOffsetMin } from '../../schemas/zone.ts'
import { type Injection, matches, type Scope } from './injection.ts'
import type { Referrer } from './model.ts'
import type { Ad, Drift } from './spec.ts'
import { dayStart } from './time.ts'

/** Factors on what makes an ad's numbers: all 1 when nothing is the matter. */
export type Factors = {
  /** People who could be shown the ad. */
  volume: number
  ctr: number
  cpc: number
  /** Clicks that nobody made who could buy, as a factor on clicks; and impressions with them. */
  clicks: number
  impressions: number
  /** Share of visits that become orders. */
  site: number
  /** Share of orders that the platform's pixel still sees. */
  pixel: number
  value: number
  frequency: number
}

const ONE: Factors = {
  volume: 1,
  ctr: 1,
  cpc: 1,
  clicks: 1,
  impressions: 1,
  site: 1,
  pixel: 1,
  value: 1,
  frequency: 1,
}

/** What injections do to the ad between two instants of one local day; part of the time does part of it. */
export function effectsOnAd(injections: readonly Injection[], at: Referrer, start_ms: number, end_ms: number): Factors {
  const factors = { ...ONE }
  if (injections.length === 0) return factors
  const { account, ad } = at
  const place = { ...ad, ad: ad.id, platform: account.platform, account: account.id }
  for (const injection of injections) {
    if (!matches(injection.scope, place, AD_SCOPE)) continue
    const [from_ms, to_ms] = activeSpan(injection, account.zone, start_ms)
    const overlap_ms = Math.min(end_ms, to_ms) - Math.max(start_ms, from_ms)
    if (overlap_ms <= 0) continue
    const device_share = injection.scope.device === undefined ? 1 : (DEVICE_SHARE[injection.scope.device] ?? 0)
    const weight = (overlap_ms / (end_ms - start_ms)) * device_share
    const age = (start_ms - injection.from_ms) / (injection.to_ms - injection.from_ms)
    const full = CAUSES[injection.kind](injection.size, Math.max(0, Math.min(1, age)))
    const product_weight = weight * injection.product_share
    for (const [field, factor] of Object.entries(full) as [keyof Factors, number][]) {
      const part = field === 'site' || field === 'value' ? product_weight : weight
      factors[field] *= 1 + part * (factor - 1)
    }
  }
  return factors
}

type Place = { readonly country: string; readonly device: string; readonly product: string }

/** Factor on the rate of orders at an instant: 1 as usual, 0 none. `referrer` is null for organic ones. */
export function effectOnOrders(
  injections: readonly Injection[],
  referrer: Referrer | null,
  place: Place,
  at_ms: number,
) {
  let factor = 1
  for (const injection of injections) {
    const { scope, kind, size } = injection
    if (at_ms < injection.from_ms || at_ms >= injection.to_ms || !matches(scope, place, ORDER_SCOPE)) continue
    if (injection.product !== null && injection.product !== place.product) continue
    const path = referrer && { ...referrer.ad, ad: referrer.ad.id, platform: referrer.account.platform }
    if (!matches(scope, { ...path, account: referrer?.account.id }, AD_PATH)) continue
    const {
      volume = 1,
      ctr = 1,
      site = 1,
    } = CAUSES[kind](size, (at_ms - injection.from_ms) / (injection.to_ms - injection.from_ms))
    // Fewer or better ads change only what comes through them; what the site suffers, all visitors suffer.
    if (referrer === null)
      factor *= kind === 'fraud' || kind === 'creative_fatigue' ? 1 : kind === 'holiday' ? 1 + size : site
    else {
      const [from_ms, to_ms] = activeSpan(injection, referrer.account.zone, at_ms)
      if (at_ms >= from_ms && at_ms < to_ms && kind !== 'fraud') factor *= volume * ctr * site
    }
  }
  return factor
}

/** Factor on the price of a product at an instant. */
export function effectOnPrice(injections: readonly Injection[], product: string, at_ms: number): number {
  let factor = 1
  for (const injection of injections) {
    if (injection.kind !== 'price_change' || at_ms < injection.from_ms || at_ms >= injection.to_ms) continue
    if (injection.product === null || injection.product === product) factor *= 1 + injection.size
  }
  return factor
}

/** When a report that is read at `pull_ms` really comes: reports in delay all come at its end. */
export function reportedAt(injections: readonly Injection[], at: Referrer, luck: number, pull_ms: number): number {
  let at_ms = pull_ms
  for (const injection of injections) {
    if (injection.kind !== 'reporting_delay' || at_ms < injection.from_ms || at_ms >= injection.to_ms) continue
    const place = { ...at.ad, ad: at.ad.id, platform: at.account.platform, account: at.account.id }
    if (luck < injection.size && matches(injection.scope, place, AD_SCOPE)) at_ms = injection.to_ms + 60_000
  }
  return at_ms
}

/** Factor of a slow change on one property of the ad on a day. */
export function drift(ad: Ad, field: Drift['field'], day: number): number {
  let factor = 1
  for (const change of ad.drifts) {
    if (change.field !== field || day < change.first_day) continue
    factor *= change.factors[Math.min(day - change.first_day, change.factors.length - 1)]!
  }
  return factor
}

export const DEVICE_SHARE: Readonly<Record<string, number>> = { mobile: 0.72, desktop: 0.22, tablet: 0.06 }

const AD_PATH: (keyof Scope)[] = ['platform', 'account', 'campaign', 'ad_group', 'ad', 'creative']
const AD_SCOPE: (keyof Scope)[] = [...AD_PATH, 'country']
const ORDER_SCOPE: (keyof Scope)[] = ['country', 'device']

/**
 * What each cause does at full strength; `age` runs from 0 to 1 over its time. The volume bought for a bid grows with
 * its power 0.6, demand falls with the price to the power −1.2: magnitudes of the field, not measurements.
 */
const CAUSES: Readonly<Record<Injection['kind'], (size: number, age: number) => Partial<Factors>>> = {
  tracking_break: (size) => ({ pixel: 1 - size }),
  site_outage: (size) => ({ site: 1 - size }),
  budget_exhausted: (size) => ({ volume: 1 - size }),
  reporting_delay: () => ({}),
  bid_change: (size) => ({ cpc: 1 + size, volume: (1 + size) ** 0.6 }),
  stock_out: (size) => ({ site: 1 - size }),
  creative_fatigue: (size, age) => ({ ctr: 1 - 0.5 * size * age, site: 1 - size * age, frequency: 1 + size * age }),
  holiday: (size) => ({ volume: Math.sqrt(1 + size), site: Math.sqrt(1 + size) }),
  fraud: (size) => ({ clicks: 1 + 4 * size, impressions: 1 + 2 * size }),
  price_change: (size) => ({ site: (1 + size) ** -1.2, value: 1 + size }),
}

/**
 * When the injection works on the local day of an instant. A budget is spent at the same time of each day and is new
 * at local midnight; everything else works from beginning to end.
 */
function activeSpan(injection: Injection, zone: string, at_ms: number): readonly [number, number] {
  if (injection.kind !== 'budget_exhausted') return [injection.from_ms, injection.to_ms]
  const first = dayStart(zone, localDay(injection.from_ms, utcOffsetMin(zone, injection.from_ms)))
  const day = localDay(at_ms, utcOffsetMin(zone, at_ms))
  return [
    Math.max(injection.from_ms, dayStart(zone, day) + injection.from_ms - first),
    Math.min(injection.to_ms, dayStart(zone, day + 1)),
  ]
}
