import lnBeta from '@stdlib/math-base-special-betaln'
import lnGamma from '@stdlib/math-base-special-gammaln'
import { drawBeta, drawGamma, drawPoisson } from '../math/draw.ts'
import { ordersUntilGone, ordersWhileAlive } from './bg-nbd.ts'
import type { BuyingModel } from './buying-model.ts'
import { byCount } from './rows.ts'

/**
 * MBG/CNBD-k (Platzer and Reutterer 2016, "Ticking away the moments"): as BG/NBD, but the gaps between orders are
 * Erlang-k with rate λ ~ Gamma(r, α), so that k > 1 buys at regular times, as subscribers and users of consumables do;
 * and one may leave right after the first order. k = 1 is the MBG/NBD of Batislam, Denizel and Filiztekin 2007.
 *
 * Seen at the cut, somebody alive has j = 0 … k−1 of the k stages of the running gap behind them. Summed over j this
 * gives, against having left after the last order, Σ_j (r+kx)_j (T−t_x)^j / j! · (α+T)^−(r+kx+j).
 */
export function mbgCnbdK(k: number): BuyingModel {
  return {
    name: k === 1 ? 'mbg-nbd' : `mbg-cnbd-${k}`,
    parameters: ['r', 'alpha', 'a', 'b'],
    start: [0.5, 6 / k, 0.9, 1.6],
    logLikelihood(parameters, rows) {
      const [r, alpha, a, b] = parameters as [number, number, number, number]
      const whole = r * Math.log(alpha) - lnGamma(r) - lnBeta(a, b)
      const constant = byCount(rows, (x) => whole + lnGamma(r + k * x) + lnBeta(a, b + x + 1) - x * lnGamma(k))
      let sum = 0
      for (let i = 0; i < rows.size; i++) {
        const [x, T] = [rows.x[i]!, rows.T[i]!]
        const shape = r + k * x
        const stages = Math.log(stagesSum(k, shape, alpha, rows.t_x[i]!, T))
        const stays = stages - shape * Math.log(alpha + T)
        const left = Math.log(a / (b + x)) - shape * Math.log(alpha + rows.t_x[i]!)
        const [high, low] = stays > left ? [stays, left] : [left, stays]
        const regular = k === 1 ? 0 : (k - 1) * rows.ln_gaps[i]!
        sum += rows.weight[i]! * (constant[i]! + regular + high + Math.log1p(Math.exp(low - high)))
      }
      return sum
    },
    aliveOf(parameters, rows) {
      const [r, alpha, a, b] = parameters as [number, number, number, number]
      return rows.x.map((x, i) => {
        const [shape, t_x, T] = [r + k * x, rows.t_x[i]!, rows.T[i]!]
        const odds = (a / (b + x) / stagesSum(k, shape, alpha, t_x, T)) * ((alpha + T) / (alpha + t_x)) ** shape
        return 1 / (1 + odds)
      })
    },
    /**
     * Exact for k = 1. For k > 1 the orders are taken as Poisson at a k-th of the rate of the stages, as in the paper:
     * what of the running gap has passed, and that regular buyers scatter less, is in the draws only.
     */
    ordersOf(parameters, rows, weeks) {
      const [r, alpha, a, b] = parameters as [number, number, number, number]
      return this.aliveOf(parameters, rows).map((alive, i) => {
        const x = rows.x[i]!
        return alive * ordersWhileAlive(r / k + x, alpha + rows.T[i]!, a, b + x + 1, weeks)
      })
    },
    drawOrders(random, parameters, { x, t_x, T }, weeks, pace) {
      const [r, alpha, a, b] = parameters as [number, number, number, number]
      const shape = r + k * x
      const behind = k === 1 ? 0 : drawStages(random, k, shape, alpha, t_x, T)
      const rate = drawGamma(random, shape + behind) / (alpha + T)
      const orders = Math.floor((behind + drawPoisson(random, rate * weeks * pace)) / k)
      return orders === 0 ? 0 : Math.min(orders, ordersUntilGone(random, drawBeta(random, a, b + x + 1)))
    },
  }
}

/** Σ_j (shape)_j / j! · u^j with u = (T−t_x)/(α+T): how often nothing was seen since t_x, relative to k = 1. */
function stagesSum(k: number, shape: number, alpha: number, t_x: number, T: number): number {
  const u = (T - t_x) / (alpha + T)
  let term = 1
  let sum = 1
  for (let j = 1; j < k; j++) {
    term *= ((shape + j - 1) / j) * u
    sum += term
  }
  return sum
}

function drawStages(random: () => number, k: number, shape: number, alpha: number, t_x: number, T: number): number {
  const u = (T - t_x) / (alpha + T)
  let rest = random() * stagesSum(k, shape, alpha, t_x, T)
  let term = 1
  for (let j = 0; j < k - 1; j++) {
    rest -= term
    if (rest < 0) return j
    term *= ((shape + j) / (j + 1)) * u
  }
  return k - 1
}
