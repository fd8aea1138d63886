import lnGamma from '@stdlib/math-base-special-gammaln'
import { drawExponential, drawGamma, drawPoisson } from '../math/draw.ts'
import { hyp2f1One } from '../math/hypergeometric.ts'
import type { BuyingModel } from './buying-model.ts'
import { byCount } from './rows.ts'

/**
 * Pareto/NBD (Schmittlein, Morrison, Colombo 1987; formulas of Fader and Hardie 2005): orders at a rate
 * λ ~ Gamma(r, α) until the customer leaves, at a rate μ ~ Gamma(s, β), whether orders come or not.
 */
export const paretoNbd: BuyingModel = {
  name: 'pareto-nbd',
  parameters: ['r', 'alpha', 's', 'beta'],
  start: [0.5, 10, 0.6, 12],
  logLikelihood(parameters, rows) {
    const [r, alpha, s, beta] = parameters as [number, number, number, number]
    const whole = r * Math.log(alpha) + s * Math.log(beta) - lnGamma(r)
    const constant = byCount(rows, (x) => whole + lnGamma(r + x))
    let sum = 0
    for (let i = 0; i < rows.size; i++) {
      const x = rows.x[i]!
      const stays = -(r + x) * Math.log(alpha + rows.T[i]!) - s * Math.log(beta + rows.T[i]!)
      const odds = lnOdds(parameters, x, rows.t_x[i]!, rows.T[i]!)
      sum += rows.weight[i]! * (constant[i]! + stays + lnOnePlusExp(odds))
    }
    return sum
  },
  aliveOf(parameters, rows) {
    return rows.x.map((x, i) => 1 / (1 + Math.exp(lnOdds(parameters, x, rows.t_x[i]!, rows.T[i]!))))
  },
  ordersOf(parameters, rows, weeks) {
    const [r, alpha, s, beta] = parameters as [number, number, number, number]
    return this.aliveOf(parameters, rows).map((alive, i) => {
      const from = beta + rows.T[i]!
      return ((alive * (r + rows.x[i]!)) / (alpha + rows.T[i]!)) * lifeWithin(s, from, weeks)
    })
  },
  drawOrders(random, parameters, { x, T }, weeks, pace) {
    const [r, alpha, s, beta] = parameters as [number, number, number, number]
    const life = (drawExponential(random) * (beta + T)) / drawGamma(random, s)
    return drawPoisson(random, (drawGamma(random, r + x) / (alpha + T)) * Math.min(weeks, life) * pace)
  },
}

/**
 * Expected weeks that somebody alive with μ ~ Gamma(s, from) stays within t: ∫ (from/(from+u))^s du, which is
 * from · (1 − (from/(from+t))^(s−1)) / (s−1) and, at s = 1, from · ln(1 + t/from).
 */
function lifeWithin(s: number, from: number, t: number): number {
  const ln = Math.log1p(t / from)
  const power = (1 - s) * ln
  return Math.abs(power) < 1e-12 ? from * ln : (from * ln * Math.expm1(power)) / power
}

/**
 * ln of the odds of having left before T: s/(r+s+x) · (α+T)^(r+x) (β+T)^s · A0 in the note's terms, where A0 is a
 * difference of two 2F1. After Euler's transform both have 1 as an argument and positive terms, and their powers meet
 * those in front, so that x in the hundreds neither overflows nor loses the digits of a small T − t_x.
 */
function lnOdds(parameters: readonly number[], x: number, t_x: number, T: number): number {
  const [r, alpha, s, beta] = parameters as [number, number, number, number]
  if (T <= t_x) return -Infinity
  const all = r + s + x
  const high = Math.max(alpha, beta)
  const b = alpha >= beta ? r + x : s + 1
  const gap = Math.abs(alpha - beta)
  const now = hyp2f1One(b, all + 1, gap / (high + T)) * left(T)
  const then = hyp2f1One(b, all + 1, gap / (high + t_x)) * left(t_x)
  const growth = (r + x) * Math.log((alpha + T) / (alpha + t_x)) + s * Math.log((beta + T) / (beta + t_x))
  const difference = then * Math.exp(growth) - now
  if (difference < Infinity) return Math.log((s / all) * Math.max(difference, 0))
  return Math.log((s / all) * then) + growth

  /** What the transform leaves besides (α+t)^−(r+x) (β+t)^−s: nothing for α ≥ β, else a quotient. */
  function left(t: number): number {
    return alpha >= beta ? 1 : (alpha + t) / (beta + t)
  }
}

function lnOnePlusExp(value: number): number {
  return value > 30 ? value + Math.exp(-value) : Math.log1p(Math.exp(value))
}
