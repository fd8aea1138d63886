import { moveLevel } from './level.ts'
import {
  COUNT,
  LAST_PEAK_AT,
  type Memory,
  NEWS_AT,
  NEWS_EVIDENCE,
  ORIGIN,
  PREVIOUS,
  REALS,
  RESIDUALS_AT,
  SEASON_AT,
  SEASON_SPREAD,
  SINGLES,
  STREAMS_AT,
  TAILS_AT,
} from './memory.ts'
import { jumpOf, residualOf } from './residual.ts'
import { learnSeason, seasonDeviation } from './season.ts'
import { clusterOf, isLight, LEVEL, MEAN, penaltyOf, SIDES, SLOW, STREAM_REALS, STREAMS } from './streams.ts'
import { evidenceOf, keepPeak, TAIL_SINGLES } from './tail.ts'

/** Points before the first that may be called unusual: nothing is known yet. */
const WARM_UP_POINTS = 50
/**
 * For so many points evidence counts as news only when it is greater than the last: an incident is told once, and again
 * when it gets worse. A day of five-minute points; between 100 and 800 it hardly matters.
 */
const NEWS_POINTS = 300
/** Evidence above which a point is news that later ones are measured against: one point in 100. */
const NEWS_MIN = 2
/** Evidence at which a point is an alert: as rare as one point in 10,000. */
const ALERT = 4
/** Beyond this a difference of two values does not fit into 32 bits. */
const DEVIATION_MAX = 1e37

const CLUSTERS = STREAMS.map(clusterOf)
const PENALTIES = STREAMS.map(penaltyOf)
const LIGHT = STREAMS.map(isLight)

/**
 * Scores the next point of a series by what came before it, then learns it.
 *
 * @param series its place in the memory
 * @param time_s seconds since 1970, for the time of day; order and spacing are free
 * @returns evidence: -log10 of how often, per point, such a point is expected; 0 when it is no news
 */
export function scorePoint(memory: Memory, series: number, time_s: number, value: number): number {
  const { reals, singles } = memory
  const own = series * REALS
  const count = reals[own + COUNT]!
  if (count === 0) reals[own + ORIGIN] = value
  // From the first value on: so a large offset takes no digits from 32 bits.
  const relative = clamp(value - reals[own + ORIGIN]!)
  // Before any stream learns: what the slow level and the time of day had expected.
  const residual = count === 0 ? 0 : residualAt(memory, series, time_s, relative, count)
  let evidence = 0
  for (let stream = 0; stream < STREAMS.length; stream++) {
    const deviation = clamp(deviationOf(memory, series, stream, time_s, relative, residual, count))
    if (Number.isNaN(deviation)) continue
    const side = deviation < 0 ? 1 : 0
    const size = Math.abs(deviation)
    const tail = series * SINGLES + TAILS_AT + (stream * SIDES + side) * TAIL_SINGLES
    const found = evidenceOf(size, singles, tail, count, LIGHT[stream]!) - PENALTIES[stream]!
    if (found > evidence) evidence = found
    const last = own + LAST_PEAK_AT + stream * SIDES + side
    reals[last] = keepPeak(size, singles, tail, count + 1, reals[last]!, CLUSTERS[stream]!)
  }
  reals[own + COUNT] = count + 1
  reals[own + PREVIOUS] = relative
  return count < WARM_UP_POINTS ? 0 : newsOf(evidence / Math.LN10, reals, own)
}

/** From evidence to a score from 0 to below 1: one half is where alerts begin. */
export function scoreOf(evidence: number): number {
  return evidence / (evidence + ALERT)
}

export function isAlert(evidence: number): boolean {
  return evidence >= ALERT
}

function residualAt({ reals, singles }: Memory, series: number, time_s: number, value: number, count: number) {
  const own = series * REALS
  const level = reals[own + STREAMS_AT + SLOW * STREAM_REALS + LEVEL]!
  const season = series * SINGLES + SEASON_AT
  return residualOf(value, level, time_s, reals, own + RESIDUALS_AT, singles, season, count)
}

/** How far a point is from what a stream expects; the stream learns it. NaN when it expects nothing yet. */
function deviationOf(
  memory: Memory,
  series: number,
  index: number,
  time_s: number,
  value: number,
  residual: number,
  count: number,
): number {
  const { reals, singles } = memory
  const own = series * REALS
  const stream = STREAMS[index]!
  if (stream.kind === 'season') {
    const at = series * SINGLES + SEASON_AT
    const deviation = seasonDeviation(value, time_s, singles, at, reals[own + SEASON_SPREAD]!)
    const distance = learnSeason(value, time_s, singles, at)
    if (!Number.isNaN(distance)) {
      reals[own + SEASON_SPREAD]! += (distance - reals[own + SEASON_SPREAD]!) * Math.max(0.002, 1 / (count + 1))
    }
    return deviation
  }
  const at = own + STREAMS_AT + index * STREAM_REALS
  let observed = value
  if (stream.kind !== 'point') {
    const input =
      stream.kind === 'mean'
        ? value
        : stream.kind === 'drift'
          ? residual
          : jumpOf(value, reals[own + PREVIOUS]!, reals, own + RESIDUALS_AT, count)
    reals[at + MEAN] = count === 0 ? input : reals[at + MEAN]! + (input - reals[at + MEAN]!) / stream.points
    observed = reals[at + MEAN]!
  }
  const deviation = count === 0 ? Number.NaN : observed - reals[at + LEVEL]!
  moveLevel(observed, reals, at, count, stream.level_rate)
  return deviation
}

/** Keeps quiet about what an earlier point has told already. */
function newsOf(evidence: number, reals: Float64Array, own: number): number {
  if (reals[own + COUNT]! - reals[own + NEWS_AT]! > NEWS_POINTS) reals[own + NEWS_EVIDENCE] = 0
  if (evidence <= reals[own + NEWS_EVIDENCE]!) return 0
  if (evidence > NEWS_MIN) {
    reals[own + NEWS_EVIDENCE] = evidence
    reals[own + NEWS_AT] = reals[own + COUNT]!
  }
  return evidence
}

function clamp(value: number): number {
  return Math.max(-DEVIATION_MAX, Math.min(DEVIATION_MAX, value))
}
