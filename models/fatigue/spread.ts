import { logit } from './features.ts'

/**
 * How far whole accounts are from what was forecast for them, as a deviation in log odds: the smallest for which, in 80 %
 * of accounts, as many days were followed by an onset as the intervals of their chances together allow (`intervalOf`).
 * So what is measured is the promise itself, on accounts that had not been trained on: conformal prediction with accounts
 * as what is exchanged (Vovk, Gammerman and Shafer 2005), since creatives of one account share its market.
 *
 * @param chances calibrated forecasts for accounts that had not been trained on
 * @returns `LEAST` to `MOST`: no set of accounts shows how accounts differ that are not among them
 */
export function accountSpread(
  accounts: readonly string[],
  chances: ArrayLike<number>,
  outcomes: ArrayLike<number>,
): number {
  const rows_of = Map.groupBy(
    accounts.map((_, row) => row),
    (row) => accounts[row]!,
  )
  const needed = [...rows_of.values()].map((rows) => neededBy(rows, chances, outcomes)).sort((a, b) => a - b)
  // One account more, the one that is forecast next, could be anywhere among them.
  const place = Math.ceil((needed.length + 1) * HELD) - 1
  return Math.min(MOST, Math.max(LEAST, needed[place] ?? MOST))
}

/** Share of accounts in which an interval holds. */
const HELD = 0.8
const LEAST = 0.15
const MOST = 2

/** The least deviation with which this account's intervals together hold what came. */
function neededBy(rows: readonly number[], chances: ArrayLike<number>, outcomes: ArrayLike<number>): number {
  let came = 0
  for (const row of rows) came += outcomes[row]!
  const holds = (spread: number) => {
    let low = 0
    let high = 0
    for (const row of rows) {
      const interval = intervalOf(chances[row]!, spread)
      low += interval.low
      high += interval.high
    }
    return low <= came && came <= high
  }
  if (!holds(MOST)) return MOST
  let [below, above] = [0, MOST]
  for (let round = 0; round < 20; round++) {
    const middle = (below + above) / 2
    if (holds(middle)) above = middle
    else below = middle
  }
  return above
}

/** Where the chance of 80 % of accounts lies about this one. */
export function intervalOf(chance: number, spread: number): { readonly low: number; readonly high: number } {
  const at = (deviations: number) => 1 / (1 + Math.exp(-logit(chance) - deviations * spread))
  return { low: Math.min(chance, at(-NORMAL_90)), high: Math.max(chance, at(NORMAL_90)) }
}

/** 90 % quantile of the normal distribution. */
export const NORMAL_90 = 1.2815515655446004
