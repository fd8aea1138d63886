import type { Random } from '../math/random.ts'
import type { Rows } from './rows.ts'

/** A model of when customers buy and when they leave. Parameters are positive; likelihoods, not means, see their logs. */
export type BuyingModel = {
  readonly name: string
  readonly parameters: readonly string[]
  /** Where a search begins: an ordinary shop, times in weeks. */
  readonly start: readonly number[]
  /** ln L of all customers, Σ weight · ln L of the row. NaN or −∞ where the parameters cannot be. */
  logLikelihood(parameters: readonly number[], rows: Rows): number
  /** Probability that the customer of each row is still one at the cut. */
  aliveOf(parameters: readonly number[], rows: Rows): Float64Array
  /** Expected orders of each row within `weeks` after the cut. */
  ordersOf(parameters: readonly number[], rows: Rows, weeks: number): Float64Array
  /** Draws orders within `weeks` of somebody who is alive at the cut; `pace` multiplies the rate of buying (a calendar). */
  drawOrders(
    random: Random,
    parameters: readonly number[],
    history: { readonly x: number; readonly t_x: number; readonly T: number },
    weeks: number,
    pace: number,
  ): number
}
