/** What has been spent and found lately, fading over a day. A series of ticks has one. */
export type AlertBudget = { readonly spent: number; readonly found: number }

export const NEW_BUDGET: AlertBudget = { spent: 0, found: 0 }

export type BudgetOptions = {
  /** The user's knob: false alerts a day that are put up with when there is nothing to find. */
  readonly alerts_a_day: number
  /** When there is much to find: the share of false alerts among all. */
  readonly false_share: number
}

const DAY_MS = 86_400_000
/** How quickly what is left is offered again: four times as fast as it fades, so that nearly all of it is used. */
const OFFER = 4

/**
 * Which of the p-values of one tick are alerts. Benjamini and Hochberg (1995) within the tick, at a level that follows
 * from what is left of a budget over time: the expected number of false alerts of the last day, which the levels spent
 * so far add up to, stays below `alerts_a_day`, or below `false_share` of what was found, whichever is more. Found and
 * spent fade with the memory of a day, so that years without alerts save up nothing, and an incident of last month
 * excuses nothing today (Ramdas, Yang, Wainwright and Jordan 2017, Online control of the FDR with decaying memory; by
 * batches as in Zrnic, Jiang, Ramdas and Jordan 2020, The power of batching in multiple hypothesis testing).
 *
 * @param p_values of every series that was tested in this tick, in any order
 * @param passed_ms since the tick before
 * @returns p-values up to which are alerts, and the budget that is left
 */
export function spendBudget(
  p_values: ArrayLike<number>,
  passed_ms: number,
  { spent, found }: AlertBudget,
  { alerts_a_day, false_share }: BudgetOptions,
): { readonly p_max: number; readonly alerts: number; readonly budget: AlertBudget } {
  const keeps = Math.exp(-passed_ms / DAY_MS)
  const before = { spent: spent * keeps, found: found * keeps }
  const allowed = Math.max(alerts_a_day, false_share * before.found)
  const offered = Math.min(1, OFFER * (1 - keeps)) * Math.max(0, allowed - before.spent)
  // Step-up at a level near 1 would raise many false alerts at once; what is offered above the share goes, as an
  // expected number, to p-values that are small by themselves.
  const level = Math.min(offered, false_share)
  const stepped = stepUp(p_values, level)
  const p_max = Math.max(stepped.p_max, offered / p_values.length)
  let alerts = 0
  for (let i = 0; i < p_values.length; i++) if (p_values[i]! <= p_max) alerts++
  return {
    p_max,
    alerts,
    budget: { spent: before.spent + Math.max(offered, level * stepped.alerts), found: before.found + alerts },
  }
}

/** Benjamini and Hochberg's step-up procedure: the greatest k for which k p-values are at most level × k / n. */
export function stepUp(p_values: ArrayLike<number>, level: number): { p_max: number; alerts: number } {
  const n = p_values.length
  // Only values up to the level can take part; in a quiet tick they are few.
  const small: number[] = []
  for (let i = 0; i < n; i++) if (p_values[i]! <= level) small.push(p_values[i]!)
  small.sort((a, b) => a - b)
  for (let k = small.length; k > 0; k--) {
    if (small[k - 1]! <= (level * k) / n) return { p_max: small[k - 1]!, alerts: k }
  }
  return { p_max: -1, alerts: 0 }
}
