import { twoSided } from '../../models/anomaly/counts/count-law.ts'
import { ORDINARY_P } from '../../models/anomaly/counts/ordinary.ts'
import { CALIBRATION_REALS, fade, recalibrated, remember } from '../../models/anomaly/counts/recalibrate.ts'
import { expectShare, learnShare, SHARE_SINGLES } from '../../models/anomaly/counts/share-expectation.ts'
import { shareTails } from '../../models/anomaly/counts/share-law.ts'
import { uniformOf } from '../../models/anomaly/counts/uniform.ts'
import { drawBeta, drawBinomial, drawNormal, drawPoisson } from '../../models/math/draw.ts'
import type { Random } from '../../models/math/random.ts'
import { rounded } from '../support/statistics.ts'
import { LEVELS } from './watch-counts.ts'

const HOURS = 840
/** Two weeks to learn a series, one to learn the family's tails, as of counts. */
const PAST_FROM = 336
const FROM = 504
const PAST_KEEPS = Math.exp(-1 / 168)

/** Precision of the series' rates: from 60 to 1,800, every order of magnitude as often. */
const PRECISION_MIN = 60
const PRECISIONS = 30
/** Their mean correlation, up to the one trial that it counts beside the precision. */
const PARENT = { rate: 0.02, correlation: (1 - 1 / PRECISIONS) / (PRECISION_MIN * Math.log(PRECISIONS)) }

/**
 * Click-through rates under the law of nothing wrong: 10 to 3,000 impressions an hour, a rate, a dispersion and a day of
 * their own.
 *
 * @returns for each level the share of p-values up to it, over the level: as the law has them, and as the family's past
 *   corrects them
 */
export function shareRatios(series: number, random: Random) {
  const memory = new Float32Array(series * SHARE_SINGLES)
  const past = new Float64Array(CALIBRATION_REALS)
  const rates = Float64Array.from({ length: series }, () => PARENT.rate * Math.exp(0.5 * drawNormal(random)))
  const precisions = Float64Array.from(rates, () => PRECISION_MIN * PRECISIONS ** random())
  const volumes = Float64Array.from(rates, () => 10 * 300 ** random())
  const raw = LEVELS.map(() => 0)
  const corrected = LEVELS.map(() => 0)
  let tested = 0
  const p_values = new Float64Array(series)
  for (let hour = 0; hour < HOURS; hour++) {
    const factor = 1 + 0.3 * Math.sin((2 * Math.PI * hour) / 24)
    for (let one = 0; one < series; one++) {
      const at = one * SHARE_SINGLES
      const [rate, precision] = [rates[one]! * factor, precisions[one]!]
      const trials = drawPoisson(random, volumes[one]!)
      const now = drawBeta(random, rate * precision, (1 - rate) * precision)
      const successes = drawBinomial(random, trials, now)
      const law = hour < PAST_FROM ? null : expectShare(memory, at, factor, PARENT)
      p_values[one] = Number.NaN
      if (law !== null && trials > 0) {
        const p = twoSided(shareTails(successes, trials, law), uniformOf(one, hour))
        p_values[one] = p
        if (hour >= FROM) {
          tested++
          tally(p, raw)
          tally(recalibrated(p, past), corrected)
        }
      }
      learnShare(successes, trials, memory, at, factor, PARENT)
    }
    const made = p_values.filter((p) => !Number.isNaN(p))
    remember(
      [...made].filter((p) => p < ORDINARY_P),
      made.length,
      past,
    )
    fade(past, PAST_KEEPS)
  }
  const ratios = (small: readonly number[]) =>
    Object.fromEntries(LEVELS.map((level, i) => [level, rounded(small[i]! / tested / level, 2)]))
  return { share_p_ratios: ratios(corrected), share_p_ratios_before_recalibration: ratios(raw) }
}

function tally(p: number, small: number[]): void {
  for (let i = 0; i < LEVELS.length; i++) if (p <= LEVELS[i]!) small[i]!++
}
