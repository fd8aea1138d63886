import { logit } from './features.ts'

/**
 * How far whole accounts are from what was forecast for them: the standard deviation over accounts of the shift in log
 * odds that would have made an account's forecasts right. What an interval about a chance for a new account is made of.
 *
 * Each shift is the most likely one under a normal prior of deviation 1 (an account without any outcome would be
 * infinitely far off), by Newton's method; days of one creative share its fate, so they count for `1 / DAYS_A_FATE`.
 *
 * @param chances calibrated forecasts for accounts that had not been trained on
 * @returns at least `LEAST`: no set of accounts shows how accounts differ that are not among them
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
  const shifts = [...rows_of.values()].map((rows) => shiftOf(rows, chances, outcomes))
  let square = 0
  for (const shift of shifts) square += shift * shift
  return Math.max(LEAST, Math.sqrt(square / Math.max(1, shifts.length)))
}

const LEAST = 0.15
const DAYS_A_FATE = 20

function shiftOf(rows: readonly number[], chances: ArrayLike<number>, outcomes: ArrayLike<number>): number {
  let shift = 0
  for (let round = 0; round < 30; round++) {
    let gradient = -shift
    let curvature = 1
    for (const row of rows) {
      const chance = 1 / (1 + Math.exp(-logit(chances[row]!) - shift))
      gradient += (outcomes[row]! - chance) / DAYS_A_FATE
      curvature += (chance * (1 - chance)) / DAYS_A_FATE
    }
    const step = Math.max(-1, Math.min(1, gradient / curvature))
    shift += step
    if (Math.abs(step) < 1e-6) break
  }
  return shift
}

/** Where the chance of 80 % of accounts lies about this one. */
export function intervalOf(chance: number, spread: number): { readonly low: number; readonly high: number } {
  const at = (deviations: number) => 1 / (1 + Math.exp(-logit(chance) - deviations * spread))
  return { low: Math.min(chance, at(-NORMAL_90)), high: Math.max(chance, at(NORMAL_90)) }
}

/** 90 % quantile of the normal distribution. */
const NORMAL_90 = 1.2815515655446004
