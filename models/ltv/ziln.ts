import erfcinv from '@stdlib/math-base-special-erfcinv'

/**
 * Zero-inflated log-normal distribution: with the chance `p` something is spent at all, and then its log is normal (Wang,
 * Liu and Miao 2019).
 */
export type Ziln = { readonly p: number; readonly mu: number; readonly sigma: number }

/** From the three outputs of a network for a row: log odds, mu, and sigma before its softplus. */
export function zilnOf(outputs: ArrayLike<number>, row: number): Ziln {
  const [odds, mu, sigma] = [outputs[3 * row]!, outputs[3 * row + 1]!, outputs[3 * row + 2]!]
  return { p: 1 / (1 + Math.exp(-odds)), mu: Math.min(MU_MOST, mu), sigma: Math.min(SIGMA_MOST, softplus(sigma)) }
}

/** p · exp(μ + σ²/2) */
export function zilnMean({ mu, p, sigma }: Ziln): number {
  return p * Math.exp(mu + (sigma * sigma) / 2)
}

/** Zero as long as so many spend nothing; above, of the log-normal part. */
export function zilnQuantile({ mu, p, sigma }: Ziln, level: number): number {
  const within = (level - (1 - p)) / p
  return within > 0 ? Math.exp(mu - sigma * Math.SQRT2 * erfcinv(2 * within)) : 0
}

/**
 * Mean negative log likelihood of values (zero or more) under a network's outputs: cross entropy of whether anything is
 * spent, and for those who do the log-normal density. What a network is trained by, here in plain numbers.
 */
export function zilnLoss(outputs: ArrayLike<number>, values: ArrayLike<number>): number {
  let sum = 0
  for (let row = 0; row < values.length; row++) {
    const odds = outputs[3 * row]!
    const value = values[row]!
    sum += softplus(odds) - (value > 0 ? odds : 0)
    if (value > 0) {
      const sigma = Math.max(SIGMA_LEAST, softplus(outputs[3 * row + 2]!))
      const deviations = (Math.log(value) - outputs[3 * row + 1]!) / sigma
      sum += Math.log(value * sigma * Math.sqrt(2 * Math.PI)) + (deviations * deviations) / 2
    }
  }
  return sum / values.length
}

/** A sigma of nothing would make a single value infinitely likely. */
export const SIGMA_LEAST = 0.05
/** A network that has run away must not make its mean infinite. */
const SIGMA_MOST = 3
const MU_MOST = 20

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}
