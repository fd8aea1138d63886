import { describe, expect, it } from 'vitest'
import { binned, calibrationTable } from '../../../models/evaluation/calibration.ts'
import { modelRecord, type ScoreSums } from '../../../models/evaluation/model-record.ts'

const SUMS: ScoreSums = {
  matured: 10,
  score: 30,
  compared: 8,
  compared_score: 20,
  naive_score: 40,
  intervals: 10,
  covered_80: 8,
  covered_90: 9,
  ratios: 4,
  log_ratio: 2,
  log_ratio_squares: 4,
}

describe('the record of a model', () => {
  it('has the skill of those that have a naive forecast beside them', () => {
    expect(modelRecord(SUMS)).toEqual({
      matured: 10,
      score: 3,
      skill: 0.5,
      coverage_80: 0.8,
      coverage_90: 0.9,
      log_ratio_mean: 0.5,
      log_ratio_sd: 1,
    })
  })

  it('says null and not zero of what has not matured', () => {
    const none = Object.fromEntries(Object.keys(SUMS).map((name) => [name, 0])) as ScoreSums
    expect(modelRecord(none)).toEqual({
      matured: 0,
      score: null,
      skill: null,
      coverage_80: null,
      coverage_90: null,
      log_ratio_mean: null,
      log_ratio_sd: null,
    })
    expect(modelRecord({ ...SUMS, ratios: 1 }).log_ratio_sd).toBeNull()
  })
})

describe('a calibration table', () => {
  it('puts promised and kept beside each other', () => {
    const outcomes = [
      { probability: 0.05, actual: 0 },
      { probability: 0.07, actual: 0 },
      { probability: 0.95, actual: 1 },
      { probability: 1, actual: 0 },
    ]
    const { ece, rows } = calibrationTable(binned(outcomes))
    expect(rows.map(({ forecasts, rate }) => [forecasts, rate])).toEqual([
      [2, 0],
      [2, 0.5],
    ])
    expect(rows.map(({ probability }) => probability)).toEqual([expect.closeTo(0.06), expect.closeTo(0.975)])
    expect(ece).toBeCloseTo(0.5 * 0.06 + 0.5 * 0.475, 12)
  })

  it('of nothing is empty', () => expect(calibrationTable(binned([]))).toEqual({ rows: [], ece: null }))
})
