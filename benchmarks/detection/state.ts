import { EVIDENCE_SINGLES } from '../../models/anomaly/counts/evidence.ts'
import { EXPECTATION_SINGLES, expect, learn } from '../../models/anomaly/counts/expectation.ts'
import { rounded } from '../support/statistics.ts'

const SINGLES = EXPECTATION_SINGLES + EVIDENCE_SINGLES
const FLAT = { season: new Float64Array(168).fill(1), dispersion: 0.02 }
const NOON = { slot: 12, factor: 1, factor_variance: 0 }

/**
 * What the states of many series take in memory, by what the process grew. Each series learns a bucket and is asked for
 * the next, so that every page of its memory is a real one.
 *
 * @returns the memory of a million series, in GB, from as many as there are
 */
export function stateReport(series: number) {
  const before = process.memoryUsage.rss()
  const memory = new Float32Array(series * SINGLES).fill(0)
  let expected = 0
  for (let one = 0; one < series; one++) {
    learn(1 + (one % 50), null, memory, one * SINGLES, NOON, FLAT)
    expected += expect(memory, one * SINGLES, NOON, FLAT)!.mean
  }
  if (!(expected > 0)) throw new Error(`${series} series expect ${expected}`)
  const grown = process.memoryUsage.rss() - before
  return { state_series: series, million_series_gb: rounded((grown / series) * 1e-3, 2) }
}
