import lnBeta from '@stdlib/math-base-special-betaln'
import lnGamma from '@stdlib/math-base-special-gammaln'
import { drawBeta, drawGamma, drawPoisson } from '../math/draw.ts'
import { hyp2f1 } from '../math/hypergeometric.ts'
import type { BuyingModel } from './buying-model.ts'
import { byCount, type Rows } from './rows.ts'

/**
 * BG/NBD (Fader, Hardie, Lee 2005, "Counting your customers the easy way"): orders at a rate λ ~ Gamma(r, α); after each
 * repeat order the customer leaves with probability p ~ Beta(a, b). Who never came back is alive for certain.
 */
export const bgNbd: BuyingModel = {
  name: 'bg-nbd',
  parameters: ['r', 'alpha', 'a', 'b'],
  start: [0.5, 5, 0.8, 2.5],
  logLikelihood(parameters, rows) {
    const [r, alpha] = parameters as [number, number]
    const known = counted(parameters, rows)
    let sum = 0
    for (let i = 0; i < rows.size; i++) {
      const x = rows.x[i]!
      const stays = -(r + x) * Math.log(alpha + rows.T[i]!)
      const odds = x === 0 ? 0 : known.odds[i]! * ((alpha + rows.T[i]!) / (alpha + rows.t_x[i]!)) ** (r + x)
      // The quotient of both ways overflows where a regular customer fell silent: then only "left" counts.
      const ways =
        odds < Infinity
          ? Math.log1p(odds)
          : Math.log(known.odds[i]!) + (r + x) * Math.log((alpha + rows.T[i]!) / (alpha + rows.t_x[i]!))
      sum += rows.weight[i]! * (known.constant[i]! + stays + ways)
    }
    return sum
  },
  aliveOf(parameters, rows) {
    const [r, alpha] = parameters as [number, number]
    const { odds } = counted(parameters, rows)
    return rows.x.map((x, i) =>
      x === 0 ? 1 : 1 / (1 + odds[i]! * ((alpha + rows.T[i]!) / (alpha + rows.t_x[i]!)) ** (r + x)),
    )
  },
  ordersOf(parameters, rows, weeks) {
    const [r, alpha, a, b] = parameters as [number, number, number, number]
    return this.aliveOf(parameters, rows).map(
      (alive, i) => alive * ordersWhileAlive(r + rows.x[i]!, alpha + rows.T[i]!, a, b + rows.x[i]!, weeks),
    )
  },
  drawOrders(random, parameters, { x, T }, weeks, pace) {
    const [r, alpha, a, b] = parameters as [number, number, number, number]
    const count = drawPoisson(random, (drawGamma(random, r + x) / (alpha + T)) * weeks * pace)
    return count === 0 ? 0 : Math.min(count, ordersUntilGone(random, drawBeta(random, a, b + x)))
  },
}

/**
 * Expected orders within t of somebody alive with λ ~ Gamma(r, α) and p ~ Beta(a, b) (equation 10 of the paper, in
 * front of its P(alive)): (a+b−1)/(a−1) · [1 − (1−z)^r 2F1(r, b; a+b−1; z)] with z = t/(α+t).
 *
 * At a = 1 and at a+b = 1 it is 0/0; a step of 1e-5 beside the hole costs less than 1e-9.
 */
export function ordersWhileAlive(r: number, alpha: number, a: number, b: number, t: number): number {
  if (t <= 0) return 0
  const off = (value: number) => (Math.abs(value - 1) < 1e-5 ? 1e-5 : 0)
  const A = a + off(a)
  const B = b + off(A + b) * 3
  const z = t / (alpha + t)
  // Euler's transform by hand: its power of (1−z) meets the one in front, and neither under- nor overflows.
  const gone = (1 - z) ** (A - 1) * hyp2f1(A + B - 1 - r, A - 1, A + B - 1, z)
  return Math.max(0, ((A + B - 1) / (A - 1)) * (1 - gone))
}

/** Orders until the one after which the customer is gone, itself included: geometric, at least 1. */
export function ordersUntilGone(random: () => number, p: number): number {
  return p >= 1 ? 1 : 1 + Math.floor(Math.log(1 - random()) / Math.log1p(-p))
}

/** What depends on the count alone: ln of what stands before (α+T)^−(r+x), and the odds a/(b+x−1) of having left. */
function counted(parameters: readonly number[], rows: Rows) {
  const [r, alpha, a, b] = parameters as [number, number, number, number]
  const whole = r * Math.log(alpha) - lnGamma(r) - lnBeta(a, b)
  return {
    constant: byCount(rows, (x) => whole + lnGamma(r + x) + lnBeta(a, b + x)),
    odds: byCount(rows, (x) => a / (b + x - 1)),
  }
}
