import type { CreativeDay } from './day.ts'

/** Logs that all creatives of an account share: what a click costs, and how many clicks a result takes. */
export type SharedCost = { readonly price: number; readonly rate: number }

/** What the shared costs of an account are followed with from day to day. */
export type SharedCosts = { at: SharedCost; readonly recent: Map<string, Sums[]> }

export function openSharedCosts(): SharedCosts {
  return { at: { price: 0, rate: 0 }, recent: new Map() }
}

/**
 * The median of the creatives' changes from week to week, added up since the first day. Each day looks at the two weeks
 * before it and at nothing later.
 *
 * @param rows of one day; days in ascending order
 */
export function nextSharedCost(shared: SharedCosts, rows: readonly CreativeDay[]): SharedCost {
  const prices: number[] = []
  const rates: number[] = []
  for (const { clicks, conversions, creative, spend } of rows) {
    if (spend === null || conversions === null || clicks === null) continue
    const own = shared.recent.get(creative) ?? []
    shared.recent.set(creative, own)
    own.push({ spend, clicks, results: conversions })
    if (own.length > 2 * WEEK) own.shift()
    if (own.length < 2 * WEEK) continue
    const [before, now] = [sumOf(own.slice(0, WEEK)), sumOf(own.slice(WEEK))]
    if (before.clicks < CLICKS_LEAST || now.clicks < CLICKS_LEAST || before.spend <= 0 || now.spend <= 0) continue
    prices.push(Math.log((now.spend * before.clicks) / (now.clicks * before.spend)))
    if (before.results < RESULTS_LEAST || now.results < RESULTS_LEAST) continue
    rates.push(Math.log((now.clicks * before.results) / (now.results * before.clicks)))
  }
  shared.at = { price: shared.at.price + stepOf(prices), rate: shared.at.rate + stepOf(rates) }
  return shared.at
}

const WEEK = 7
const CLICKS_LEAST = 30
const RESULTS_LEAST = 10
/** Of fewer the median is one of those that it should judge. */
const CREATIVES_LEAST = 4

/** A change over a week, seen on each of seven days. */
function stepOf(changes: readonly number[]): number {
  if (changes.length < CREATIVES_LEAST) return 0
  const sorted = changes.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return median / WEEK
}

type Sums = { readonly spend: number; readonly clicks: number; readonly results: number }

function sumOf(days: readonly Sums[]): Sums {
  let [spend, clicks, results] = [0, 0, 0]
  for (const day of days) {
    spend += day.spend
    clicks += day.clicks
    results += day.results
  }
  return { spend, clicks, results }
}
