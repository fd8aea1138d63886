import { evidence } from './channel.ts'
import { COUPLINGS } from './couplings.ts'
import type { Creative } from './creative.ts'
import type { Loadings } from './loadings.ts'
import { OF_AGE, OF_EXPOSURE, OF_NONE, OF_SLUMP, slumpShare, slumpsAfter } from './prior.ts'
import { AGE, AGE_SIZES, EXPOSURE, EXPOSURE_SIZES, FIRST_SLUMP, SLUMP_SIZES, slumpsSeen } from './shapes.ts'

/** Log of how likely each of `COUPLINGS` is before an account has shown anything: as in training, or less. */
const PRIOR: readonly number[] = [0.15, 0.1, 0.15, 0.4, 0.15, 0.05].map(Math.log)

/**
 * Days of one creative are no independent witnesses, and no creative wears exactly as a shape says: five times what it
 * takes to be sure on paper. With all of it, accounts of five creatives settled on couplings that were wrong by half.
 */
const TEMPER = 0.2

/** Mean of the couplings, given the sums over an account's creatives of `couplingEvidence`. */
export function couplingOf(sums: Float64Array): number {
  const logs = PRIOR.map((log, k) => log + TEMPER * sums[k]!)
  const greatest = Math.max(...logs)
  let total = 0
  let mean = 0
  for (const [k, log] of logs.entries()) {
    const weight = Math.exp(log - greatest)
    total += weight
    mean += weight * COUPLINGS[k]!
  }
  return mean / total
}

/**
 * Log likelihood of a creative's rates and prices together under each coupling, every explanation of its wear weighed by
 * the prior and integrated out. What rates alone say is the same for all of them and cancels.
 *
 * @param weights prior weights of the classes
 * @param into one place for each of `COUPLINGS`
 */
export function couplingEvidence(
  creative: Creative,
  weights: Float64Array,
  loadings: Loadings,
  into: Float64Array,
): void {
  const seen = slumpsSeen(creative.age)
  let of_slumps = 0
  for (let i = OF_SLUMP; i < OF_NONE; i++) of_slumps += weights[i]!
  const unworn = weights[OF_NONE]! + of_slumps * slumpsAfter(seen)
  GREATEST.fill(Math.log(unworn))
  TOTAL.fill(1)
  for (let item = 0; item < FIRST_SLUMP + seen; item++) {
    const clicks = evidence(creative.clicks, loadings.clicks, item)
    const hooks = evidence(creative.hooks, loadings.hooks, item)
    const costs = evidence(creative.costs, -loadings.costs, item)
    const sizes = item === EXPOSURE ? EXPOSURE_SIZES : item === AGE ? AGE_SIZES : SLUMP_SIZES
    const first = item === EXPOSURE ? OF_EXPOSURE : item === AGE ? OF_AGE : OF_SLUMP
    const share = item < FIRST_SLUMP ? 1 : slumpShare(item - FIRST_SLUMP)
    for (const [i, size] of sizes.entries()) {
      const prior = Math.log(weights[first + i]! * share)
      const linear = clicks.linear + hooks.linear
      const square = clicks.square + hooks.square
      for (let k = 0; k < COUPLINGS.length; k++) {
        const coupling = COUPLINGS[k]!
        const size_square = 0.5 * size * size
        add(
          k,
          prior +
            (linear + coupling * costs.linear) * size -
            (square + coupling * coupling * costs.square) * size_square,
        )
      }
    }
  }
  for (let k = 0; k < COUPLINGS.length; k++) into[k] = GREATEST[k]! + Math.log(TOTAL[k]!)
}

/** Sums of exponentials, each from its greatest term on. Written anew by every call. */
const GREATEST = new Float64Array(COUPLINGS.length)
const TOTAL = new Float64Array(COUPLINGS.length)

function add(k: number, log: number): void {
  const greatest = GREATEST[k]!
  if (log < greatest - NEGLIGIBLE) return
  if (log <= greatest) {
    TOTAL[k]! += Math.exp(log - greatest)
    return
  }
  TOTAL[k] = TOTAL[k]! * Math.exp(greatest - log) + 1
  GREATEST[k] = log
}

/** e to the minus this is nothing beside one. */
const NEGLIGIBLE = 18
