import { expect, test } from 'vitest'
import {
  combined,
  fadeAll,
  hear,
  makeCalibration,
  nothingHeard,
  rememberAll,
} from '../../../../models/anomaly/counts/combine.ts'
import { TESTS } from '../../../../models/anomaly/counts/evidence.ts'

const of = (...p_values: number[]) => Float64Array.from({ length: TESTS }, (_, i) => p_values[i] ?? Number.NaN)

test('is the least p-value times how many were made', () => {
  const none = makeCalibration()
  expect(combined(of(1e-3), 10, none)).toBeCloseTo(1e-3, 12)
  expect(combined(of(0.5, 1e-4, Number.NaN, 0.2), 10, none)).toBeCloseTo(3e-4, 12)
  expect(combined(of(0.5, 0.6, 0.7, 0.9), 10, none)).toBe(1)
})

test('is corrected by the past of its own test and band of means', () => {
  const calibration = makeCalibration()
  // Half of all buckets of large means say 1e-3: there it means nothing.
  for (let tick = 0; tick < 5_000; tick++) {
    const heard = nothingHeard()
    for (const p of [1e-3, 0.6]) hear(of(p), 500, heard)
    rememberAll(heard, calibration)
  }
  expect(combined(of(1e-3), 500, calibration)).toBeGreaterThan(0.4)
  expect(combined(of(1e-3), 2, calibration)).toBeCloseTo(1e-3, 12)
  expect(combined(of(Number.NaN, 1e-3), 500, calibration)).toBeCloseTo(1e-3, 12)
  fadeAll(calibration, 0)
  expect(combined(of(1e-3), 500, calibration)).toBeCloseTo(1e-3, 12)
})
