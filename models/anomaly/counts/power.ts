import { type CountLaw, tailsOf } from './count-law.ts'

/**
 * Below this expected count not even a count of zero is an alarm: P(0) = (1 + dispersion × mean)^(-1 / dispersion) ≤ p,
 * which is -ln p for Poisson, 9.2 at 1e-4.
 *
 * @param p one-sided
 * @returns Infinity when zeros of other origin are as frequent as that
 */
export function volumeForSilence(p: number, dispersion: number, zeros = 0): number {
  if (zeros >= p) return Number.POSITIVE_INFINITY
  const left = Math.log((1 - zeros) / (p - zeros))
  return dispersion < 1e-9 ? left : Math.expm1(dispersion * left) / dispersion
}

/**
 * The smallest expected count at which a drop by `share` is found with probability `power` by a one-sided test at p:
 * about 65 for a half, 1e-4 and 0.8 with Poisson counts. Infinity when no volume is enough, for what disperses in
 * proportion does not average out within a bucket.
 */
export function volumeForDrop(share: number, p: number, power: number, dispersion: number): number {
  const found = (mean: number) => powerOfChange({ mean, dispersion, zeros: 0 }, 1 - share, p) >= power
  let high = Math.max(1, volumeForSilence(p, 0))
  while (!found(high)) {
    high *= 2
    if (high > VOLUME_MAX) return Number.POSITIVE_INFINITY
  }
  // To a hundredth.
  let low = high / 2
  while (high / low > 1.01) {
    const middle = Math.sqrt(low * high)
    if (found(middle)) high = middle
    else low = middle
  }
  return high
}

/** More than anybody advertises in an hour. */
const VOLUME_MAX = 1e9

/**
 * Probability that a bucket tells that its mean is `factor` times what was expected: power of the one-sided, randomised
 * test at p, as `twoSided` makes it.
 *
 * @param factor ≥ 0; below 1 a drop
 */
export function powerOfChange(law: CountLaw, factor: number, p: number): number {
  const changed = { ...law, mean: Math.max(1e-9, law.mean * factor) }
  const limit = factor < 1 ? firstAbove(law, p) : lastAbove(law, p)
  const side = factor < 1 ? 'below' : 'above'
  const expected = tailsOf(limit, law)
  const seen = tailsOf(limit, changed)
  return seen[side] + (seen.at * (p - expected[side])) / expected.at
}

/** The least count with P(Y ≤ count) > p. */
function firstAbove(law: CountLaw, p: number): number {
  let below = -1
  let above = Math.ceil(law.mean) + 1
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2)
    const { below: less, at } = tailsOf(middle, law)
    if (less + at > p) above = middle
    else below = middle
  }
  return above
}

/** The greatest count with P(Y ≥ count) > p. */
function lastAbove(law: CountLaw, p: number): number {
  const isAbove = (count: number) => {
    const { above, at } = tailsOf(count, law)
    return above + at > p
  }
  let low = 0
  let high = Math.ceil(law.mean) + 1
  while (isAbove(high)) {
    low = high
    high *= 2
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (isAbove(middle)) low = middle
    else high = middle
  }
  return low
}
