import { describe, expect, test } from 'vitest'
import {
  addToDay,
  DAY_SINGLES,
  EVIDENCE_SINGLES,
  forgetEvidence,
  SCALES,
  TESTS,
  testBucket,
  testDay,
} from '../../../../models/anomaly/counts/evidence.ts'
import { uniformOf } from '../../../../models/anomaly/counts/uniform.ts'
import { drawPoisson } from '../../../../models/math/draw.ts'
import { seeded } from '../../../../models/math/random.ts'

const LAW = { mean: 20, dispersion: 1e-6, zeros: 0, shared: 1e-6 }

/** p-values of all tests for each bucket. */
function tested(counts: readonly number[], law = LAW, memory = new Float32Array(EVIDENCE_SINGLES)) {
  return counts.map((count, i) => {
    const p_values = new Float64Array(TESTS)
    testBucket(count, law, uniformOf(1, i), memory, 0, p_values)
    return p_values
  })
}

const draws = (mean: number, length: number, seed = 1) => {
  const random = seeded(seed)
  return Array.from({ length }, () => drawPoisson(random, mean))
}

describe('evidence', () => {
  test('a sum is tested when it is complete, and only then', () => {
    for (const [i, p_values] of tested(draws(20, 36)).entries()) {
      SCALES.forEach((buckets, scale) => {
        expect(Number.isNaN(p_values[1 + scale]!)).toBe((i + 1) % buckets !== 0)
      })
    }
  })

  test('is uniform for buckets and sums, and not too often small for drift, when nothing is wrong', () => {
    const all = tested(draws(20, 30_000))
    const share = (test: number, level: number) => {
      const made = all.map((p_values) => p_values[test]!).filter((p) => !Number.isNaN(p))
      return made.filter((p) => p <= level).length / made.length
    }
    for (const test of [0, 1, 2]) expect(share(test, 0.05)).toBeCloseTo(0.05, 1)
    expect(share(0, 0.01)).toBeCloseTo(0.01, 2)
    expect(share(TESTS - 1, 0.01)).toBeLessThan(0.012)
  })

  test('a third less, which no bucket shows, is plain in the sum of twelve', () => {
    const hours = Array.from({ length: 100 }, (_, seed) => tested(draws(20 * 0.66, 12, seed)))
    const foundBySum = hours.filter((buckets) => buckets[11]![2]! <= 1e-4)
    const foundByBucket = hours.filter((buckets) => Math.min(...buckets.map(([bucket]) => bucket!)) <= 1e-4 / 12)
    expect(foundBySum.length).toBeGreaterThan(80)
    expect(foundByBucket.length).toBeLessThan(10)
  })

  describe('a day', () => {
    const day = (mean: number, times: number, seed: number) => {
      const memory = new Float32Array(DAY_SINGLES)
      const law = { ...LAW, mean }
      for (const count of draws(mean * times, 24, seed)) addToDay(count, law, memory, 0)
      return testDay(law, uniformOf(2, seed), memory, 0)
    }

    test('shows a loss of a half of three an hour, which no hour does', () => {
      const days = Array.from({ length: 100 }, (_, seed) => day(3, 0.5, seed))
      expect(days.filter((p) => p <= 1e-3).length).toBeGreaterThan(80)
      const hours = Array.from({ length: 100 }, (_, seed) => tested(draws(1.5, 24, seed), { ...LAW, mean: 3 }))
      expect(hours.filter((all) => Math.min(...all.map(([p]) => p!)) <= 1e-3 / 24)).toHaveLength(0)
    })

    test('is seldom unusual when nothing is wrong', () => {
      const small = Array.from({ length: 20_000 }, (_, seed) => day(3, 1, seed)).filter((p) => p <= 0.01)
      expect(small.length).toBeGreaterThan(120)
      expect(small.length).toBeLessThan(280)
    })

    test('is told once, and of an empty one there is nothing to tell', () => {
      const memory = new Float32Array(DAY_SINGLES)
      addToDay(0, { ...LAW, mean: 50 }, memory, 0)
      expect(testDay(LAW, 0.5, memory, 0)).toBeLessThan(1e-9)
      expect(testDay(LAW, 0.5, memory, 0)).toBeNaN()
    })
  })

  test('a tenth less is found as drift', () => {
    const p_values = tested(draws(18, 300, 3)).map((all) => all[TESTS - 1]!)
    expect(Math.min(...p_values)).toBeLessThan(1e-4)
  })

  test('what may only be ignorance of the level is no drift', () => {
    const unsure = tested(draws(18, 300, 3), { ...LAW, shared: 0.02 }).map((all) => all[TESTS - 1]!)
    expect(Math.min(...unsure)).toBeGreaterThan(1e-3)
  })

  test('what was forgotten is gone', () => {
    const memory = new Float32Array(EVIDENCE_SINGLES)
    tested(draws(5, 7), LAW, memory)
    forgetEvidence(memory, 0)
    expect(memory).toEqual(new Float32Array(EVIDENCE_SINGLES))
  })
})
