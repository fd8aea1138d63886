import { volumeForDrop, volumeForSilence } from '../../models/anomaly/counts/power.ts'
import { type Random, seeded } from '../../models/math/random.ts'
import type { Figures } from '../benchmark.ts'
import { bootstrap } from '../ltv/bootstrap.ts'
import { rounded } from '../support/statistics.ts'
import { type CountWorldOptions, HOURS_A_WEEK, makeCountWorld } from './count-world.ts'
import { shareRatios } from './share-streams.ts'
import { LEVELS, type Tally, watchCounts } from './watch-counts.ts'

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
 * @param seed of the worlds
 * @param say a line of progress
 */
export function streamsReport(points: number, seed: number, say: (text: string) => void) {
  const series = Math.max(100, Math.round(points / HOURS))
  const plain = watch({ series, random: seeded(seed), zeros: 0, issues: NO_ISSUES }, NULL_KNOB)
  say('null streams watched')
  const zeros = watch({ series, random: seeded(seed + 1), zeros: 0.2, issues: NO_ISSUES }, NULL_KNOB)
  say('null streams with zeros watched')
  const mixed = watch({ series, random: seeded(seed + 2), zeros: 0, issues: ISSUES }, MIXED_KNOB)
  const chance = seeded(seed, -1)
  const [of_plain, of_zeros, of_mixed] = [plain, zeros, mixed].map(({ seen }) => scoresOf(seen.blocks, chance))
  const ratios = LEVELS.flatMap((level) => [of_plain!, of_zeros!].map(({ score }) => score[`p_${level}`]!))
  const noisiest = of_zeros!.score.alerts_per_knob > of_plain!.score.alerts_per_knob ? of_zeros! : of_plain!
  return {
    null_series: series,
    null_p_ratios: perLevel('p', of_plain!.score),
    null_p_ratios_90: perLevel('p', of_plain!.middle_90),
    null_p_ratios_with_zeros: perLevel('p', of_zeros!.score),
    null_p_ratios_with_zeros_90: perLevel('p', of_zeros!.middle_90),
    null_p_ratios_before_recalibration: perLevel('raw_p', of_plain!.score),
    null_p_off_most: rounded(Math.max(...ratios.map((ratio) => Math.abs(ratio - 1))), 2),
    null_alerts_per_knob: noisiest.score.alerts_per_knob,
    null_alerts_per_knob_90: noisiest.middle_90.alerts_per_knob,
    mixed_false_share: of_mixed!.score.false_share,
    mixed_false_share_90: of_mixed!.middle_90.false_share,
    mixed_issues: mixed.issues,
    mixed_found: mixed.seen.found.size,
    mixed_found_of_large: rounded(mixed.found_of_large, 2),
    mixed_alerts: sumOf(mixed.seen.blocks, 'alerts'),
    ...shareRatios(Math.ceil(series / 10), seeded(seed + 3)),
    volume_for_silence: rounded(volumeForSilence(1e-4, 0)),
    volume_for_half: rounded(volumeForDrop(0.5, 1e-4, 0.8, 0)),
    count_points_per_cpu_s: Math.round((series * HOURS) / plain.cpu_s),
  }
}

/** Scores of all blocks together, and their middle 90 % when blocks of series are drawn anew. */
function scoresOf(blocks: readonly Tally[], random: Random) {
  const score = (picked: readonly Tally[]) => {
    const tested = sumOf(picked, 'tested')
    const ratios = LEVELS.flatMap((level, i) => [
      [`p_${level}`, picked.reduce((sum, { small }) => sum + small[i]!, 0) / tested / level],
      [`raw_p_${level}`, picked.reduce((sum, { small_raw }) => sum + small_raw[i]!, 0) / tested / level],
    ])
    const alerts = sumOf(picked, 'alerts')
    return {
      ...(Object.fromEntries(ratios) as Record<Ratio, number>),
      alerts_per_knob: rounded(alerts / DAYS / NULL_KNOB.alerts_a_day, 2),
      false_share: rounded(sumOf(picked, 'false_alerts') / Math.max(1, alerts), 3),
    }
  }
  return {
    score: score(blocks),
    middle_90: bootstrap(blocks.length, (places) => score(places.map((at) => blocks[at]!)), RESAMPLES, random),
  }
}

const RESAMPLES = 1_000
type Ratio = `${'p' | 'raw_p'}_${(typeof LEVELS)[number]}`

function sumOf(blocks: readonly Tally[], name: 'tested' | 'alerts' | 'false_alerts'): number {
  return blocks.reduce((sum, block) => sum + block[name], 0)
}

/** `{"0.01": …, "0.001": …, "0.0001": …}`, each to the hundredth. */
function perLevel(name: 'p' | 'raw_p', scores: Readonly<Record<Ratio, number | readonly [number, number]>>): Figures {
  return Object.fromEntries(
    LEVELS.map((level) => {
      const score = scores[`${name}_${level}`]
      return [level, typeof score === 'number' ? rounded(score, 2) : score.map((end) => rounded(end, 2))]
    }),
  )
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

function cpuSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1e6
}
