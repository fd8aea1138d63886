import { drawExponential, drawGamma, drawNormal, drawPoisson } from '../../models/math/draw.ts'
import type { Random } from '../../models/math/random.ts'

export const HOURS_A_WEEK = 168

/** Many hourly series of one family, with their truth. */
export type CountWorld = {
  readonly series: number
  /** The profile of the week that their parent has, mean 1. */
  readonly season: Float64Array
  readonly dispersion: number
  /** Counts of all series in this hour. */
  draw(hour: number, counts: Float64Array): void
  /** What a holiday table would say of the hour. */
  holiday(hour: number): { readonly factor: number; readonly factor_variance: number }
  issueOf(series: number): Issue | null
  /** How far an issue stands out in the sum of twelve hours, in its standard deviations. */
  standsOut(series: number): number
}

export type Issue = { readonly from: number; readonly to: number; readonly factor: number }

export type CountWorldOptions = {
  readonly series: number
  readonly random: Random
  /** Share of buckets that are zero whatever was counted. */
  readonly zeros: number
  /** Share of series that have an issue, and the hours in which issues begin. */
  readonly issues: { readonly share: number; readonly from: number; readonly to: number }
}

/** Means from one count in three hours to a thousand an hour. */
const MEAN_MIN = 0.3
const MEAN_MAX = 1_000
/** How far a series' own week, and its holidays, depart from its parent's. */
const SEASON_SD = 0.15
const HOLIDAY_SD = 0.1
const HOLIDAY_FACTOR = 0.6
/** One day of every other week, not always the same weekday. */
const HOLIDAY_DAYS = 15

/**
 * Negative-binomial series with a season of the week, holidays, and, in a share of them, an issue: from some hour on,
 * for a day on average, the counts are multiplied by 0 to 0.7, or by 1.5 to 3.
 */
export function makeCountWorld({ series, random, zeros, issues }: CountWorldOptions): CountWorld {
  const season = weekOf()
  const means = Float64Array.from({ length: series }, () => MEAN_MIN * (MEAN_MAX / MEAN_MIN) ** random())
  const dispersions = Float64Array.from(means, () => 0.02 + 0.4 * random() ** 2)
  const holidays = Float64Array.from(means, () => HOLIDAY_FACTOR * Math.exp(HOLIDAY_SD * drawNormal(random)))
  const own = Float32Array.from(
    { length: series * HOURS_A_WEEK },
    (_, i) => season[i % HOURS_A_WEEK]! * Math.exp(SEASON_SD * drawNormal(random)),
  )
  const troubles = Array.from(means, () => (random() < issues.share ? drawIssue(random, issues) : null))
  const isHoliday = (hour: number) => Math.floor(hour / 24) % HOLIDAY_DAYS === HOLIDAY_DAYS - 1
  return {
    series,
    season,
    // The mean of 0.02 + 0.4 u².
    dispersion: 0.153,
    issueOf: (one) => troubles[one]!,
    standsOut(one) {
      const mean = 12 * means[one]!
      const variance = mean + (dispersions[one]! / 12) * mean ** 2
      return (Math.abs(1 - (troubles[one]?.factor ?? 1)) * mean) / Math.sqrt(variance)
    },
    holiday: (hour) =>
      isHoliday(hour)
        ? { factor: HOLIDAY_FACTOR, factor_variance: HOLIDAY_SD ** 2 }
        : { factor: 1, factor_variance: 0 },
    draw(hour, counts) {
      const slot = hour % HOURS_A_WEEK
      for (let one = 0; one < series; one++) {
        let mean = means[one]! * own[one * HOURS_A_WEEK + slot]!
        if (isHoliday(hour)) mean *= holidays[one]!
        const issue = troubles[one]
        if (issue && hour >= issue.from && hour < issue.to) mean *= issue.factor
        const silent = zeros > 0 && random() < zeros
        const dispersion = dispersions[one]!
        counts[one] = silent ? 0 : drawPoisson(random, drawGamma(random, 1 / dispersion) * mean * dispersion)
      }
    },
  }
}

/** A day with its peak in the afternoon, quieter at the weekend. */
function weekOf(): Float64Array {
  const week = Float64Array.from({ length: HOURS_A_WEEK }, (_, hour) => {
    const day = 1 + 0.6 * Math.sin((2 * Math.PI * ((hour % 24) - 8)) / 24)
    return hour >= 120 ? day * 0.75 : day
  })
  const mean = week.reduce((sum, value) => sum + value, 0) / HOURS_A_WEEK
  return week.map((value) => value / mean)
}

function drawIssue(random: Random, { from, to }: CountWorldOptions['issues']): Issue {
  const begin = from + Math.floor(random() * (to - from))
  const factor = random() < 0.7 ? 0.7 * random() : 1.5 + 1.5 * random()
  return { from: begin, to: begin + 6 + Math.floor(18 * drawExponential(random)), factor }
}
