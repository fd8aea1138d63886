import {
  type AlertBudget,
  type BudgetOptions,
  NEW_BUDGET,
  spendBudget,
} from '../../models/anomaly/counts/alert-budget.ts'
import {
  combined,
  fadeAll,
  hear,
  makeCalibration,
  nothingHeard,
  rememberAll,
} from '../../models/anomaly/counts/combine.ts'
import { EVIDENCE_SINGLES, forgetEvidence, TESTS, testBucket } from '../../models/anomaly/counts/evidence.ts'
import { EXPECTATION_SINGLES, expect, isKnown, learn } from '../../models/anomaly/counts/expectation.ts'
import { uniformOf } from '../../models/anomaly/counts/uniform.ts'
import { type CountWorld, HOURS_A_WEEK } from './count-world.ts'

export const COUNT_STATE_BYTES = 4 * (EXPECTATION_SINGLES + EVIDENCE_SINGLES)

/** What was seen of a world from `from` on. */
export type Watched = {
  /** By groups of series, so that resampling these says how much of a sum is chance. */
  readonly blocks: readonly Tally[]
  /** Series whose issue was found. */
  readonly found: ReadonlySet<number>
}

export type Tally = {
  /** Buckets that were tested, and how many of their p-values are at most 1e-2, 1e-3, 1e-4, after recalibration. */
  tested: number
  readonly small: number[]
  readonly small_raw: number[]
  alerts: number
  false_alerts: number
}

export const LEVELS = [1e-2, 1e-3, 1e-4] as const
const BLOCKS = 200

const HOUR_MS = 3_600_000
/** Ordinary buckets in a row that close an alert. */
const CALM_BUCKETS = 3
const CALM_P = 0.05
/** A family's past fades over a week: series that were new then are known better by now. */
const PAST_KEEPS = Math.exp(-1 / HOURS_A_WEEK)
/** p-values enter the family's past from the third week on, when every series has seen its week twice. */
const PAST_FROM = 2 * HOURS_A_WEEK

/**
 * Watches all series of a world hour by hour, as the engine does: expect, test, correct by the family's past, decide by
 * the budget, learn unless an alert is open.
 */
export function watchCounts(world: CountWorld, hours: number, from: number, options: BudgetOptions): Watched {
  const { series } = world
  const parent = { season: world.season, dispersion: world.dispersion }
  const knowledge = new Float32Array(series * EXPECTATION_SINGLES)
  const evidence = new Float32Array(series * EVIDENCE_SINGLES)
  const calibration = makeCalibration()
  const counts = new Float64Array(series)
  const tests = new Float64Array(series * TESTS)
  const means = new Float64Array(series)
  const offered = new Float64Array(series)
  const ids = new Int32Array(series)
  /** Calm buckets that an open alert has seen; -1 where none is open. */
  const open = new Int8Array(series).fill(-1)
  let budget: AlertBudget = NEW_BUDGET
  const found = new Set<number>()
  const blocks = Array.from({ length: BLOCKS }, (): Tally => {
    return { tested: 0, small: LEVELS.map(() => 0), small_raw: LEVELS.map(() => 0), alerts: 0, false_alerts: 0 }
  })
  for (let hour = 0; hour < hours; hour++) {
    world.draw(hour, counts)
    const circumstances = { slot: hour % HOURS_A_WEEK, ...world.holiday(hour) }
    let n = 0
    for (let one = 0; one < series; one++) {
      const at = one * EXPECTATION_SINGLES
      const law = expect(knowledge, at, circumstances, parent)
      const own = tests.subarray(one * TESTS, (one + 1) * TESTS)
      means[one] = Number.NaN
      if (law !== null && hour >= PAST_FROM && isKnown(knowledge, at)) {
        testBucket(counts[one]!, law, uniformOf(one, hour), evidence, one * EVIDENCE_SINGLES, own)
        const p = combined(own, law.mean, calibration)
        if (hour >= from) tally(blocks[one % BLOCKS]!, own[0]!, combined(own.subarray(0, 1), law.mean, calibration))
        if (open[one] === -1) {
          offered[n] = p
          ids[n++] = one
          // What an open alert goes on to see is not what the law does to an ordinary bucket, and is not remembered.
          means[one] = law.mean
        } else if (own[0]! < CALM_P) open[one] = 0
        else if (++open[one]! >= CALM_BUCKETS) {
          open[one] = -1
          forgetEvidence(evidence, one * EVIDENCE_SINGLES)
        }
      }
      if (open[one] === -1) learn(counts[one]!, law, knowledge, at, circumstances, parent)
    }
    if (hour < PAST_FROM) continue
    const spent = spendBudget(offered.subarray(0, n), HOUR_MS, budget, options)
    budget = spent.budget
    for (let i = 0; i < n; i++) {
      const one = ids[i]!
      if (offered[i]! > spent.p_max) continue
      open[one] = 0
      if (hour < from) continue
      const block = blocks[one % BLOCKS]!
      block.alerts++
      const issue = world.issueOf(one)
      // A sum that an issue has left its mark in may complete a little later.
      if (issue !== null && hour >= issue.from && hour < issue.to + LATE_HOURS) found.add(one)
      else block.false_alerts++
    }
    const heard = nothingHeard()
    for (let one = 0; one < series; one++) {
      const mean = means[one]!
      if (!Number.isNaN(mean)) hear(tests.subarray(one * TESTS, (one + 1) * TESTS), mean, heard)
    }
    rememberAll(heard, calibration)
    fadeAll(calibration, PAST_KEEPS)
  }
  return { blocks, found }
}

const LATE_HOURS = 12

function tally(seen: Tally, raw: number, p: number): void {
  seen.tested++
  for (let i = 0; i < LEVELS.length; i++) {
    if (p <= LEVELS[i]!) seen.small[i]!++
    if (raw <= LEVELS[i]!) seen.small_raw[i]!++
  }
}
