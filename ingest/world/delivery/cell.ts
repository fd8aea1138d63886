import { drift, effectsOnAd } from '../effects.ts'
import type { Injection } from '../injection.ts'
import type { Referrer } from '../model.ts'
import { type Random, STREAM } from '../random.ts'
import { PULL_LAGS } from '../spec.ts'

/** What a report says: counts, and money in the account's smallest currency units. */
export type Reading = {
  impressions: number
  clicks: number
  spend: number
  conversions: number
  value: number
  views: number
}

/** Looks at a cell: the end of the hour, then the daily pulls of PULL_LAGS. */
export const STAGES = 1 + PULL_LAGS.length

export type Cell = {
  readonly at: Referrer
  readonly day: number
  /** Local hour, or null for a whole day. */
  readonly hour: number | null
  readonly start_ms: number
  readonly end_ms: number
  /** Factor on an average day's demand: weekday, holiday, share of the day, the account's luck of the day. */
  readonly demand: number
  /** What rounding has left over of the day's earlier hours: with it the steady part of a day is exact to one. */
  readonly carry: { conversions: number }
}

/**
 * Draws what an ad really delivered in an hour or a day, and what its report says of it at each stage: conversions
 * and their value come in along the account's lag curve, invalid clicks are credited with the second pull.
 */
export function drawCell(random: Random, cell: Cell, injections: readonly Injection[]): readonly Reading[] {
  const { account, ad } = cell.at
  const { day } = cell
  random.reseed(STREAM.cell, ad.key, day, cell.hour === null ? -1 : cell.hour)
  const effects = effectsOnAd(injections, cell.at, cell.start_ms, cell.end_ms)
  const ctr = ad.ctr * drift(ad, 'ctr', day)
  const cpc = (ad.cpc_micros * drift(ad, 'cpc', day) * effects.cpc) / account.unit_micros
  const cvr = ad.cvr * drift(ad, 'cvr', day) * effects.site
  const hook = ad.hook * drift(ad, 'hook', day)

  // A budget buys clicks at their price; how often the ad must be shown for them follows from its click rate.
  const wanted = (ad.spend_micros / (ad.cpc_micros * drift(ad, 'cpc', day))) * cell.demand * effects.volume
  const seen_by_people = random.count(wanted / ctr, account.dispersion)
  const people = Math.min(seen_by_people, random.count(seen_by_people * ctr * effects.ctr, account.dispersion))
  const bought = people * cvr * effects.pixel
  const steady = bought * (1 - account.dispersion) + cell.carry.conversions
  cell.carry.conversions = steady - Math.floor(steady)
  const conversions = Math.min(people, Math.floor(steady) + random.poisson(bought * account.dispersion))
  const robots = random.count(people * (effects.clicks - 1), account.dispersion)
  const impressions = seen_by_people + random.count(seen_by_people * (effects.impressions - 1), account.dispersion)
  const clicks = people + robots
  const price = cpc * (1 + 0.02 * random.normal())
  const spend = Math.round(clicks * price)
  const credited = random.poisson(clicks * 0.002)
  const credit = Math.round(credited * price)
  const views = Math.min(impressions, random.count(impressions * hook, account.dispersion))
  const mean = (ad.value_micros * effects.value) / account.unit_micros
  const spread = 1 + (0.25 * random.normal()) / Math.sqrt(Math.max(1, conversions))
  const value = Math.round(conversions * mean * Math.max(0.2, spread))

  const known = arrivals(random, conversions, account.known)
  return known.map((seen, stage) => ({
    impressions,
    clicks: clicks + (stage < 2 ? credited : 0),
    spend: spend + (stage < 2 ? credit : 0),
    conversions: seen,
    value: conversions === 0 ? 0 : Math.floor((value * seen) / conversions),
    views,
  }))
}

export function addReadings(sums: Reading[], readings: readonly Reading[]): void {
  for (const [stage, reading] of readings.entries()) {
    const sum = sums[stage]!
    sum.impressions += reading.impressions
    sum.clicks += reading.clicks
    sum.spend += reading.spend
    sum.conversions += reading.conversions
    sum.value += reading.value
    sum.views += reading.views
  }
}

export function noReadings(): Reading[] {
  return Array.from({ length: STAGES }, () => ({
    impressions: 0,
    clicks: 0,
    spend: 0,
    conversions: 0,
    value: 0,
    views: 0,
  }))
}

/** How many conversions are known at each stage, each drawing the stage at which it becomes known. */
function arrivals(random: Random, conversions: number, known: readonly number[]): number[] {
  const seen = new Array<number>(STAGES).fill(0)
  for (let n = 0; n < conversions; n++) {
    const luck = random.unit()
    let stage = 0
    while (stage < STAGES - 1 && luck >= known[stage]!) stage++
    seen[stage]!++
  }
  for (let stage = 1; stage < STAGES; stage++) seen[stage]! += seen[stage - 1]!
  return seen
}
