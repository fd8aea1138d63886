import { describe, expect, test } from 'vitest'
import { evidenceOf, keepPeak, TAIL_SINGLES } from '../../../models/anomaly/tail.ts'
import { drawExponential } from '../../../models/math/draw.ts'
import { seeded } from '../../../models/math/random.ts'

const RUN = 5

/** A tail that has seen these deviations, one per point. */
function tailOf(deviations: readonly number[]) {
  const singles = new Float32Array(TAIL_SINGLES + 2)
  let newest = 0
  deviations.forEach((deviation, i) => {
    newest = keepPeak(deviation, singles, 1, i + 1, newest, RUN)
  })
  return { singles, peaks: [...singles.subarray(1, TAIL_SINGLES)].filter((peak) => peak > 0), count: deviations.length }
}

/** Peaks with enough calm between them to be clusters of their own. */
const apart = (...peaks: number[]) => peaks.flatMap((peak) => [peak, 0, 0, 0, 0, 0])

describe('keeping peaks', () => {
  test.each<[string, number[], number[]]>([
    ['in falling order', apart(3, 1, 2), [3, 2, 1]],
    ['eight of them', apart(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), [10, 9, 8, 7, 6, 5, 4, 3]],
    ['the greatest of a cluster, when it comes last', [1, 2, 3], [3]],
    ['the greatest of a cluster, when it comes first', [3, 2, 1], [3]],
    ['a cluster that outgrows others', [...apart(4, 2), 1, 5], [5, 4, 2]],
    ['equal peaks', apart(2, 2, 2), [2, 2, 2]],
    ['nothing of nothing', [0, 0, 0], []],
  ])('%s', (_, deviations, peaks) => {
    expect(tailOf(deviations).peaks).toEqual(peaks)
  })

  test('neighbours in memory stay untouched', () => {
    const { singles } = tailOf(apart(9, 8, 7, 6, 5, 4, 3, 2, 1))
    expect([singles[0], singles.at(-1)]).toEqual([0, 0])
  })
})

describe('evidence', () => {
  test('none for less than the least peak, nor before three peaks', () => {
    const two = tailOf(apart(1, 2))
    expect(evidenceOf(100, two.singles, 1, two.count, false)).toBe(0)
    const three = tailOf(apart(1, 2, 3))
    expect(evidenceOf(1, three.singles, 1, three.count, false)).toBe(0)
    expect(evidenceOf(1.1, three.singles, 1, three.count, false)).toBeGreaterThan(0)
  })

  test('grows with the deviation and with how long it did not come', () => {
    const { singles, count } = tailOf(apart(1, 2, 3, 4, 5))
    const of = (deviation: number, points: number) => evidenceOf(deviation, singles, 1, points, false)
    expect(of(6, count)).toBeGreaterThan(of(5, count))
    expect(of(6, 10 * count)).toBeGreaterThan(of(6, count))
  })

  test('is Hill’s estimate, drawn to a mean log excess of 1/4 by the weight of four peaks', () => {
    const { singles, count } = tailOf(apart(8, 4, 2, 1))
    const mean = (4 * 0.25 + Math.log(8) + Math.log(4) + Math.log(2)) / (4 + 3)
    expect(evidenceOf(16, singles, 1, count, false)).toBeCloseTo(Math.log((count + 1) / 4) + Math.log(16) / mean, 6)
  })

  test('of a light tail is exponential, with the same prior', () => {
    const { singles, count } = tailOf(apart(8, 4, 2, 1))
    const mean = (4 * 0.25 + 7 + 3 + 1) / (4 + 3)
    expect(evidenceOf(16, singles, 1, count, true)).toBeCloseTo(Math.log((count + 1) / 4) + 15 / mean, 6)
  })

  test('says how rare values of a heavy tail are, within a factor of three on the middle of many', () => {
    // Pareto of index 2: an excess of 1/2, off the prior by a factor of two.
    const truth = 1e-4
    const deviation = truth ** -0.5
    const found = Array.from({ length: 200 }, (_, seed) => {
      const random = seeded(seed)
      const { singles, count } = tailOf(Array.from({ length: 2000 }, () => Math.exp(drawExponential(random) / 2)))
      return evidenceOf(deviation, singles, 1, count, false)
    }).sort((a, b) => a - b)
    const middle = found[100]!
    expect(Math.abs(middle - Math.log(1 / truth))).toBeLessThan(Math.log(3))
  })
})
