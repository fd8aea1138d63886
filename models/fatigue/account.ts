import { type Belief, believe } from './belief.ts'
import { type CostIndex, CREATIVES_LEAST, NO_COST_INDEX, nextCostIndex } from './cost-index.ts'
import { couplingEvidence, couplingOf } from './coupling.ts'
import { COUPLINGS } from './couplings.ts'
import { advance, type Creative, logClickRate, logCost, openCreative } from './creative.ts'
import { BEST_DAYS, type CreativeDay } from './day.ts'
import type { Loadings } from './loadings.ts'
import { type Departure, type Market, NO_MARKET, nextMarket } from './market.ts'
import { accountPrior, CLASSES, type Prior } from './prior.ts'

/** All that is kept of an account: a stream replays its days through `followDay`. */
export type Account = {
  readonly creatives: Map<string, Creative>
  market: Market
  cost: CostIndex
  /** Sums of what its creatives are believed to be. */
  readonly classes: Float64Array
  /** Sums over its creatives of `couplingEvidence`. */
  readonly couplings: Float64Array
}

export type Structure = { readonly prior: Prior; readonly loadings: Loadings }

export function openAccount(): Account {
  return {
    creatives: new Map(),
    market: NO_MARKET,
    cost: NO_COST_INDEX,
    classes: new Float64Array(CLASSES),
    couplings: new Float64Array(COUPLINGS.length),
  }
}

/**
 * Takes in one day of an account, all its creatives at once, and says what is believed of each afterwards.
 *
 * @param rows of one day, in an order that does not depend on arrival; days in ascending order
 */
export function followDay(
  account: Account,
  rows: readonly CreativeDay[],
  { loadings: usual, prior }: Structure,
  visit: (row: CreativeDay, creative: Creative, belief: Belief, market: Market) => void,
): void {
  const day = rows[0]!.day
  const loadings = { ...usual, costs: usual.costs * couplingOf(account.couplings) }
  const departures = rows.flatMap((row) => departureOf(account.creatives.get(row.creative), row, loadings))
  account.market = nextMarket(account.market, day, departures)
  const cost_before = account.cost
  account.cost = nextCostIndex(cost_before, costChanges(account, rows, loadings))
  for (const row of rows) {
    let creative = account.creatives.get(row.creative)
    if (creative === undefined) {
      creative = openCreative()
      account.creatives.set(row.creative, creative)
    }
    advance(creative, row, account.market, account.cost, cost_before, loadings.costs)
    follow(creative, row, account.market, loadings)
    for (let i = 0; i < CLASSES; i++) account.classes[i]! -= creative.classes[i]!
    const weights = accountPrior(prior, account.classes, WEIGHTS)
    const belief = believe(creative, weights, loadings)
    for (let i = 0; i < CLASSES; i++) account.classes[i]! += creative.classes[i]!
    for (let k = 0; k < COUPLINGS.length; k++) account.couplings[k]! -= creative.couplings[k]!
    couplingEvidence(creative, weights, usual, creative.couplings)
    for (let k = 0; k < COUPLINGS.length; k++) account.couplings[k]! += creative.couplings[k]!
    creative.wear = belief.wear
    creative.wear_per_day = Math.min(FASTEST_WEAR, Math.max(0, belief.wear_per_day))
    visit(row, creative, belief, account.market)
  }
}

/** Written anew by every call. */
const WEIGHTS = new Float64Array(CLASSES)
const FASTEST_WEAR = 0.05

/** How far its click rate is from what its level and its wear let expect. */
function departureOf(creative: Creative | undefined, row: CreativeDay, loadings: Loadings): Departure[] {
  const rate = logClickRate(row)
  if (creative === undefined || rate === null || Number.isNaN(creative.level) || row.clicks! < LEAST_CLICKS) return []
  const expected = creative.level - loadings.clicks * (creative.wear + creative.wear_per_day)
  return [{ value: rate.value - expected, variance: creative.level_variance + rate.noise + LEVEL_STEP / 2 }]
}

const LEAST_CLICKS = 5

/** Of creatives in their first week only where there are too few others: what is new is dear for some days. */
function costChanges(account: Account, rows: readonly CreativeDay[], loadings: Loadings): number[] {
  const changes = (some: readonly CreativeDay[]) =>
    some.flatMap((row) => costChangeOf(account.creatives.get(row.creative), row, loadings))
  const settled = changes(rows.filter(({ creative }) => (account.creatives.get(creative)?.age ?? 0) >= BEST_DAYS))
  return settled.length >= CREATIVES_LEAST ? settled : changes(rows)
}

/** How its price has changed since the day before, less what its wear lets expect. */
function costChangeOf(creative: Creative | undefined, row: CreativeDay, loadings: Loadings): number[] {
  const now = logCost(row)
  if (creative === undefined || now === null || creative.last_cost === null) return []
  return [now - creative.last_cost.value - loadings.costs * creative.wear_per_day]
}

/** Follows the level that the click rate would have without wear and market: a random walk, since creatives drift. */
function follow(creative: Creative, row: CreativeDay, market: Market, loadings: Loadings): void {
  const rate = logClickRate(row)
  if (rate === null) return
  const first = Number.isNaN(creative.level)
  const value = rate.value - market.value + loadings.clicks * (creative.wear + (first ? 0 : creative.wear_per_day))
  const noise = rate.noise + market.variance
  if (first) {
    creative.level = value
    creative.level_variance = noise
    return
  }
  const variance = creative.level_variance + LEVEL_STEP
  const gain = variance / (variance + noise)
  creative.level += gain * (value - creative.level)
  creative.level_variance = (1 - gain) * variance
}

/** Variance of a day's step of the level. */
const LEVEL_STEP = 0.001
