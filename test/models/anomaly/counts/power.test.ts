import { expect, test } from 'vitest'
import { tailsOf, twoSided } from '../../../../models/anomaly/counts/count-law.ts'
import { volumeForDrop, volumeForSilence } from '../../../../models/anomaly/counts/power.ts'
import { drawPoisson } from '../../../../models/math/draw.ts'
import { seeded } from '../../../../models/math/random.ts'

test('silence at 1e-4 needs an expected count of 9.2, more when counts disperse', () => {
  expect(volumeForSilence(1e-4, 0)).toBeCloseTo(9.21, 2)
  const dispersed = volumeForSilence(1e-4, 0.1)
  expect(dispersed).toBeGreaterThan(9.21)
  expect(tailsOf(0, { mean: dispersed, dispersion: 0.1, zeros: 0 }).at).toBeCloseTo(1e-4, 9)
  expect(volumeForSilence(1e-4, 0, 0.01)).toBe(Number.POSITIVE_INFINITY)
})

test('a drop by half at power 0.8 is found at the volume that is said, and not at two thirds of it', () => {
  const volume = volumeForDrop(0.5, 1e-4, 0.8, 0)
  expect(volume).toBeGreaterThan(60)
  expect(volume).toBeLessThan(70)
  const power = (mean: number) => {
    const random = seeded(6)
    const runs = 4_000
    let found = 0
    for (let i = 0; i < runs; i++) {
      const p = twoSided(tailsOf(drawPoisson(random, mean / 2), { mean, dispersion: 0, zeros: 0 }), random())
      if (p <= 2e-4) found++
    }
    return found / runs
  }
  expect(power(volume)).toBeGreaterThan(0.77)
  expect(power(volume * 0.66)).toBeLessThan(0.6)
})

test('less of a drop needs more, and what disperses too much is never enough', () => {
  expect(volumeForDrop(0.3, 1e-4, 0.8, 0)).toBeGreaterThan(2 * volumeForDrop(0.5, 1e-4, 0.8, 0))
  expect(volumeForDrop(0.5, 1e-4, 0.8, 0.001)).toBeGreaterThan(volumeForDrop(0.5, 1e-4, 0.8, 0))
  expect(volumeForDrop(0.5, 1e-4, 0.8, 0.2)).toBe(Number.POSITIVE_INFINITY)
})
