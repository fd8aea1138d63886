import { volumeForDrop, volumeForSilence } from '../../models/anomaly/counts/power.ts'
import { seeded } from '../../models/math/random.ts'
import { rounded } from '../support/statistics.ts'
import { type CountWorldOptions, HOURS_A_WEEK, makeCountWorld } from './count-world.ts'
import { shareRatios } from './share-streams.ts'
import { LEVELS, type Watched, watchCounts } from './watch-counts.ts'

const HOURS = 5 * HOURS_A_WEEK
/** Two weeks to learn the series, one to learn the family's tails; then two that count. */
const FROM = 3 * HOURS_A_WEEK
const DAYS = (HOURS - FROM) / 24

/** The knob in the null streams, and, where issues are to be found, a knob so small that the share decides. */
const NULL_KNOB = { alerts_a_day: 5, false_share: 0.1 }
const MIXED_KNOB = { alerts_a_day: 0.1, false_share: 0.1 }

/** Standard deviations by which an issue stands out that must not be missed. */
const LARGE = 7

const NO_ISSUES = { share: 0, from: 0, to: 1 }
/** 1 % of the series, at any hour that leaves a day to find them. */
const ISSUES = { share: 0.01, from: FROM, to: HOURS - 24 }

/**
 * Hourly count series under the law of nothing wrong, with and without additional zeros, and with issues in 1 % of them.
 *
 * @param points of each of the three worlds; a series has 840
 * @param say a line of progress
 */
export function streamsReport(points: number, say: (text: string) => void) {
  const series = Math.max(100, Math.round(points / HOURS))
  const plain = watch({ series, random: seeded(21), zeros: 0, issues: NO_ISSUES }, NULL_KNOB)
  say('null streams watched')
  const zeros = watch({ series, random: seeded(22), zeros: 0.2, issues: NO_ISSUES }, NULL_KNOB)
  say('null streams with zeros watched')
  const mixed = watch({ series, random: seeded(23), zeros: 0, issues: ISSUES }, MIXED_KNOB)
  const ratios = [...ratiosOf(plain.seen), ...ratiosOf(zeros.seen)]
  return {
    null_series: series,
    null_p_ratios: Object.fromEntries(LEVELS.map((level, i) => [level, ratiosOf(plain.seen)[i]!])),
    null_p_ratios_with_zeros: Object.fromEntries(LEVELS.map((level, i) => [level, ratiosOf(zeros.seen)[i]!])),
    null_p_ratios_before_recalibration: Object.fromEntries(
      LEVELS.map((level, i) => [level, rounded(plain.seen.small_raw[i]! / plain.seen.tested / level, 2)]),
    ),
    null_p_off_most: rounded(Math.max(...ratios.map((ratio) => Math.abs(ratio - 1))), 2),
    null_alerts_per_knob: rounded(Math.max(plain.seen.alerts, zeros.seen.alerts) / DAYS / NULL_KNOB.alerts_a_day, 2),
    mixed_false_share: rounded(mixed.seen.false_alerts / Math.max(1, mixed.seen.alerts), 3),
    mixed_issues: mixed.issues,
    mixed_found: mixed.seen.found.size,
    mixed_found_of_large: rounded(mixed.found_of_large, 2),
    mixed_alerts: mixed.seen.alerts,
    share_p_ratios: shareRatios(Math.ceil(series / 10), seeded(24)),
    volume_for_silence: rounded(volumeForSilence(1e-4, 0)),
    volume_for_half: rounded(volumeForDrop(0.5, 1e-4, 0.8, 0)),
    count_points_per_cpu_s: Math.round((series * HOURS) / plain.cpu_s),
  }
}

/** The processor time is that of watching: what drawing the same world costs is taken off. */
function watch(options: CountWorldOptions, knob: typeof NULL_KNOB) {
  const world = makeCountWorld(options)
  const begun = process.cpuUsage()
  const seen = watchCounts(world, HOURS, FROM, knob)
  const watched = cpuSince(begun)
  const counts = new Float64Array(options.series)
  const again = process.cpuUsage()
  for (let hour = 0; hour < HOURS; hour++) world.draw(hour, counts)
  const cpu_s = watched - cpuSince(again)
  const wrong = Array.from({ length: options.series }, (_, one) => one).filter((one) => world.issueOf(one) !== null)
  const large = wrong.filter((one) => world.standsOut(one) >= LARGE)
  const found_of_large = large.length === 0 ? null : large.filter((one) => seen.found.has(one)).length / large.length
  return { seen, issues: wrong.length, found_of_large, cpu_s }
}

function ratiosOf({ small, tested }: Watched): number[] {
  return LEVELS.map((level, i) => rounded(small[i]! / tested / level, 2))
}

function cpuSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1e6
}
