import lnBeta from '@stdlib/math-base-special-betaln'
import { logSumExp } from '../math/log-sum-exp.ts'

/** Customers with n opportunities to buy, x of them used, the last at number t_x; `weight` of them alike. */
export type Opportunities = {
  readonly x: number
  readonly t_x: number
  readonly n: number
  readonly weight: number
}

/**
 * ln L of BG/BB (Fader, Hardie, Shang 2010): at each opportunity one buys with probability Beta(α, β) while alive, and
 * before each leaves with probability Beta(γ, δ). For shops with seasons, events or yearly donations.
 */
export function bgBbLogLikelihood(parameters: readonly number[], rows: readonly Opportunities[]): number {
  const [alpha, beta, gamma, delta] = parameters as [number, number, number, number]
  const whole = lnBeta(alpha, beta) + lnBeta(gamma, delta)
  return rows.reduce((sum, { x, t_x, n, weight }) => {
    const ways = [lnBeta(alpha + x, beta + n - x) + lnBeta(gamma, delta + n)]
    for (let i = 0; i < n - t_x; i++) {
      ways.push(lnBeta(alpha + x, beta + t_x - x + i) + lnBeta(gamma + 1, delta + t_x + i))
    }
    return sum + weight * (logSumExp(ways) - whole)
  }, 0)
}

/** P(alive) at the next opportunity (equation 11 of the paper). */
export function bgBbAlive(parameters: readonly number[], { x, t_x, n }: Omit<Opportunities, 'weight'>): number {
  const [alpha, beta, gamma, delta] = parameters as [number, number, number, number]
  const stays =
    lnBeta(alpha + x, beta + n - x) + lnBeta(gamma, delta + n + 1) - lnBeta(alpha, beta) - lnBeta(gamma, delta)
  return Math.exp(stays - bgBbLogLikelihood(parameters, [{ x, t_x, n, weight: 1 }]))
}
