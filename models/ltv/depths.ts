import { QUANTILE_LEVELS } from '../../schemas/forecasts.ts'

/**
 * How deep in the tails of their draws the truths of matured forecasts lay: |2u − 1| for a truth at the share u of its
 * draws, 0 in the middle and 1 outside of them all. As shares of {@link BINS} bins, one sum of them per level: forecasts
 * that lay as deep as they said are uniform.
 */
export type Depths = Float64Array

/** Of what many forecasts mature at each origin. */
export type Level = 'group' | 'customer'

export const BINS = 50

/** @param u share of the draws below the truth, 0 to 1 (`randomisedPit`) */
export function addDepth(depths: Depths, u: number, weight: number): void {
  depths[Math.min(BINS - 1, Math.floor(Math.abs(2 * u - 1) * BINS))]! += weight
}

/**
 * Where in the draws the quantiles of {@link QUANTILE_LEVELS} are read: the depth within which as many truths of matured
 * forecasts lay as the interval promises, the model's own belief (that depths are uniform) counted among them.
 *
 * This is conformal prediction on the place in the forecast distribution (Chernozhukov, Wüthrich and Zhu 2021), learnt
 * anew at every origin as more matures (the idea of Gibbs and Candès 2021: shops change). The belief is the difference:
 * the few forecasts of a horizon that a shop has behind it are no sample to take a tenth part of.
 *
 * @param matured depths of what matured, adding up to `independent`
 * @param independent how many forecasts they are worth
 * @param belief how many the model's own word is worth, > 0
 */
export function quantilePlaces(matured: Depths, independent: number, belief: number): number[] {
  return QUANTILE_LEVELS.map((level) => {
    const depth = depthHolding(Math.abs(1 - 2 * level), matured, independent, belief)
    return level < 0.5 ? (1 - depth) / 2 : (1 + depth) / 2
  })
}

/** The depth within which the share lies, by a straight line within a bin. */
function depthHolding(share: number, matured: Depths, independent: number, belief: number): number {
  const wanted = share * (belief + independent)
  let held = 0
  for (let bin = 0; bin < BINS; bin++) {
    const more = matured[bin]! + belief / BINS
    if (held + more >= wanted) return (bin + (wanted - held) / more) / BINS
    held += more
  }
  return 1
}
