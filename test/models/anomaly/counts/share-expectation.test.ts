import { describe, expect, test } from 'vitest'
import { expectShare, learnShare, SHARE_SINGLES } from '../../../../models/anomaly/counts/share-expectation.ts'
import { drawBeta, drawBinomial } from '../../../../models/math/draw.ts'
import { seeded } from '../../../../models/math/random.ts'

const PARENT = { rate: 0.02, correlation: 0.01 }

function taught(hours: number, rate: number, precision: number, trials: number) {
  const memory = new Float32Array(SHARE_SINGLES)
  const random = seeded(12)
  for (let hour = 0; hour < hours; hour++) {
    const now = drawBeta(random, rate * precision, (1 - rate) * precision)
    learnShare(drawBinomial(random, trials, now), trials, memory, 0, 1, PARENT)
  }
  return memory
}

describe('the law of a share', () => {
  test('needs a day of buckets', () => {
    expect(expectShare(taught(23, 0.05, 100, 500), 0, 1, PARENT)).toBeNull()
    expect(expectShare(taught(24, 0.05, 100, 500), 0, 1, PARENT)).not.toBeNull()
  })

  test('has the rate and the precision of what it saw', () => {
    const law = expectShare(taught(2_000, 0.05, 200, 800), 0, 1, PARENT)!
    expect(law.rate).toBeCloseTo(0.05, 2)
    expect(law.precision).toBeGreaterThan(130)
    expect(law.precision).toBeLessThan(260)
  })

  test('stays near its parent while little was seen', () => {
    const law = expectShare(taught(30, 0.2, 1_000, 1), 0, 1, PARENT)!
    expect(law.rate).toBeLessThan(0.1)
    expect(law.precision).toBeLessThan(100)
  })

  test('follows the factor, and never reaches 1', () => {
    const memory = taught(500, 0.4, 500, 300)
    expect(expectShare(memory, 0, 0.5, PARENT)!.rate).toBeCloseTo(expectShare(memory, 0, 1, PARENT)!.rate / 2, 9)
    expect(expectShare(memory, 0, 10, PARENT)!.rate).toBeLessThan(1)
  })

  test('learns nothing of a bucket without trials', () => {
    const memory = taught(100, 0.05, 100, 500)
    const law = expectShare(memory, 0, 1, PARENT)
    learnShare(0, 0, memory, 0, 1, PARENT)
    expect(expectShare(memory, 0, 1, PARENT)).toEqual(law)
  })
})
