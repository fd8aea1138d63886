import { expect, test } from 'vitest'
import { tailsOf, twoSided } from '../../../../models/anomaly/counts/count-law.ts'
import { powerOfChange, volumeForDrop, volumeForSilence } from '../../../../models/anomaly/counts/power.ts'
import { drawGamma, drawPoisson } from '../../../../models/math/draw.ts'
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

test('the power to find a change, up or down, is how often it is found', () => {
  const law = { mean: 40, dispersion: 0.01, zeros: 0 }
  for (const factor of [0.5, 1.6]) {
    const random = seeded(7)
    const runs = 4_000
    let found = 0
    for (let i = 0; i < runs; i++) {
      const rate = drawGamma(random, 1 / law.dispersion) * law.mean * factor * law.dispersion
      const { above, at, below } = tailsOf(drawPoisson(random, rate), law)
      const u = random()
      if ((factor < 1 ? below + u * at : above + u * at) <= 1e-3) found++
    }
    const power = powerOfChange(law, factor, 1e-3)
    expect(power).toBeGreaterThan(0.3)
    expect(power).toBeLessThan(0.95)
    // Three standard errors of a share of 4,000.
    expect(Math.abs(found / runs - power)).toBeLessThan(0.025)
  }
})

test('no change is found as often as the level says', () => {
  const law = { mean: 12, dispersion: 0.05, zeros: 0 }
  expect(powerOfChange(law, 1, 1e-3)).toBeCloseTo(1e-3, 12)
  expect(powerOfChange(law, 1 - 1e-12, 1e-3)).toBeCloseTo(1e-3, 9)
})
