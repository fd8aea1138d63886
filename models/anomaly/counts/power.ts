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
  const found = (mean: number) => powerOf({ mean, dispersion, zeros: 0 }, share, p) >= power
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

/** Probability that the fallen law is found by the randomised test at p, as `twoSided` makes it. */
function powerOf(law: CountLaw, share: number, p: number): number {
  const limit = firstAbove(law, p)
  const expected = tailsOf(limit, law)
  const fallen = tailsOf(limit, { ...law, mean: law.mean * (1 - share) })
  return fallen.below + (fallen.at * (p - expected.below)) / expected.at
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
