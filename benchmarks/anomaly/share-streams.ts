import { twoSided } from '../../models/anomaly/counts/count-law.ts'
import { expectShare, learnShare, SHARE_SINGLES } from '../../models/anomaly/counts/share-expectation.ts'
import { shareTails } from '../../models/anomaly/counts/share-law.ts'
import { uniformOf } from '../../models/anomaly/counts/uniform.ts'
import { drawBeta, drawBinomial, drawNormal, drawPoisson } from '../../models/math/draw.ts'
import type { Random } from '../../models/math/random.ts'
import { rounded } from '../support/statistics.ts'
import { LEVELS } from './watch-counts.ts'

const HOURS = 840
/** Two weeks to learn a series. */
const FROM = 336
const PARENT = { rate: 0.02, correlation: 1 / 300 }

/**
 * Click-through rates under the law of nothing wrong: 10 to 3,000 impressions an hour, a rate, a dispersion and a day of
 * their own. The p-values are the law's, before any recalibration.
 *
 * @returns for each level the share of p-values up to it, over the level
 */
export function shareRatios(series: number, random: Random): Record<string, number> {
  const small = LEVELS.map(() => 0)
  let tested = 0
  for (let one = 0; one < series; one++) {
    const memory = new Float32Array(SHARE_SINGLES)
    const rate = PARENT.rate * Math.exp(0.5 * drawNormal(random))
    const precision = 60 * 30 ** random()
    const volume = 10 * 300 ** random()
    for (let hour = 0; hour < HOURS; hour++) {
      const factor = 1 + 0.3 * Math.sin((2 * Math.PI * hour) / 24)
      const trials = drawPoisson(random, volume)
      const now = drawBeta(random, rate * factor * precision, (1 - rate * factor) * precision)
      const successes = drawBinomial(random, trials, now)
      const law = expectShare(memory, 0, factor, PARENT)
      if (law !== null && hour >= FROM && trials > 0) {
        tested++
        const p = twoSided(shareTails(successes, trials, law), uniformOf(one, hour))
        for (let i = 0; i < LEVELS.length; i++) if (p <= LEVELS[i]!) small[i]!++
      }
      learnShare(successes, trials, memory, 0, factor, PARENT)
    }
  }
  return Object.fromEntries(LEVELS.map((level, i) => [level, rounded(small[i]! / tested / level, 2)]))
}
