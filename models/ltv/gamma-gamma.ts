import lnGamma from '@stdlib/math-base-special-gammaln'

/** What was spent, one row per customer with at least one order: how many orders and their mean value. */
export type Spending = {
  readonly orders: Float64Array
  readonly mean_value: Float64Array
}

/**
 * Gamma-Gamma (Fader and Hardie 2013): an order's value is Gamma(p, ν), and ν ~ Gamma(q, γ) over customers.
 *
 * @returns ln L over all rows
 */
export function gammaGammaLogLikelihood(parameters: readonly number[], { orders, mean_value }: Spending): number {
  const [p, q, gamma] = parameters as [number, number, number]
  const whole = q * Math.log(gamma) - lnGamma(q)
  const known = new Map<number, number>()
  let sum = 0
  for (let i = 0; i < orders.length; i++) {
    const [x, mean] = [orders[i]!, mean_value[i]!]
    let counted = known.get(x)
    if (counted === undefined) {
      counted = whole + lnGamma(p * x + q) - lnGamma(p * x) + p * x * Math.log(x)
      known.set(x, counted)
    }
    sum += counted + (p * x - 1) * Math.log(mean) - (p * x + q) * Math.log(gamma + x * mean)
  }
  return sum
}

/** Expected value of an order of a customer with `orders` of the given mean (none: the mean over all). Infinite for q ≤ 1. */
export function gammaGammaMean(parameters: readonly number[], orders: number, mean_value: number): number {
  const [p, q, gamma] = parameters as [number, number, number]
  const freedom = p * orders + q - 1
  return freedom > 0 ? (p * (gamma + orders * mean_value)) / freedom : Number.POSITIVE_INFINITY
}
