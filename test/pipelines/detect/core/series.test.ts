import { describe, expect, test } from 'vitest'
import { FLAT, SeriesBook } from '../../../../pipelines/detect/core/series.ts'

const LAW = { mean: 100, dispersion: 0.01, zeros: 0, shared: 0.001 }

test('no sum reaches into an incident that is over, and its buckets can still be looked at', () => {
  const book = new SeriesBook()
  const at = book.placeOf('clicks ["meta"]')
  const p_values = new Float64Array(4)
  const sums = (bucket: number): boolean[] => {
    book.note(at, bucket, 100, 100)
    book.test(at, bucket, 100, LAW, 0.5, p_values)
    return [...p_values.subarray(1, 3)].map(Number.isFinite)
  }
  for (let bucket = 100; bucket < 107; bucket++) sums(bucket)
  expect(sums(107)).toEqual([true, true])
  book.forget(at, 104, 106)
  expect([103, 104, 106, 107].map((bucket) => book.isTold(at, bucket))).toEqual([false, true, true, false])
  expect(book.noted(at, 105)).toEqual({ observed: 100, expected: 100 })
  expect(sums(108)).toEqual([false, false])
  expect(sums(109)).toEqual([true, false])
  for (let bucket = 110; bucket < 114; bucket++) sums(bucket)
  expect(sums(114)).toEqual([true, true])
})

test('the place of a bucket that nobody noted has another, and is not taken for it', () => {
  const book = new SeriesBook()
  const at = book.placeOf('clicks ["meta"]')
  const p_values = new Float64Array(4)
  for (let bucket = 100; bucket < 112; bucket++) book.note(at, bucket, bucket, 100)
  // Its report is late: what is remembered there is of twelve buckets before.
  expect(book.noted(at, 112)).toBeUndefined()
  expect(book.note(at, 113, 113, 100)).toBe(true)
  expect([100, 101, 102, 112, 113].map((bucket) => book.noted(at, bucket)?.observed)).toEqual([
    ...[undefined, undefined, 102, undefined, 113],
  ])
  book.test(at, 113, 113, LAW, 0.5, p_values)
  expect(p_values[1]).toBeNaN()
  // It comes after all, and one that is older than what is remembered.
  expect(book.note(at, 112, 112, 100)).toBe(true)
  expect(book.note(at, 101, 1, 100)).toBe(false)
  book.test(at, 113, 113, LAW, 0.5, p_values)
  expect(p_values[1]).not.toBeNaN()
  expect(book.noted(at, 113)?.observed).toBe(113)
})

describe('hours that turn out to be the beginning of an incident', () => {
  const WHEN = { slot: 12, factor: 1, factor_variance: 0 }
  const TUESDAY = { slot: 40, factor: 1, factor_variance: 0 }
  /** Three weeks of a hundred an hour, and then what comes. */
  const taught = (counts: readonly number[]) => {
    const book = new SeriesBook()
    const at = book.placeOf('clicks ["meta"]')
    for (const [bucket, count] of [...Array.from({ length: 500 }, () => 100), ...counts].entries()) {
      const law = book.expect(at, WHEN, FLAT)
      book.note(at, bucket, count, law?.mean ?? 0)
      book.learn(at, count, law, WHEN, FLAT, 1 - 1 / 48, true)
      book.teach(at, bucket)
    }
    const law = () => book.expect(at, TUESDAY, FLAT)!
    return { law, unlearn: () => book.unlearn(at, 500, () => WHEN, FLAT, 1 - 1 / 48) }
  }
  const { law: undisturbed } = taught([])

  test.each([
    ['a half', [50, 50, 50, 50], 0.02],
    ['twice as many', [200, 200, 200, 200], 0.02],
    ['none at all', [0, 0, 0, 0], 0.02],
  ])('leave no trace in level and spread once it is known: %s', (_, counts, moved) => {
    const { law, unlearn } = taught(counts)
    const usual = undisturbed()
    expect(Math.abs(law().mean / usual.mean - 1)).toBeGreaterThan(moved)
    unlearn()
    expect(Math.abs(law().mean / usual.mean - 1)).toBeLessThan(moved / 5)
    expect(Math.abs(law().dispersion / usual.dispersion - 1)).toBeLessThan(0.1)
    expect(law().zeros).toBeCloseTo(usual.zeros, 4)
  })

  test('are unlearnt once', () => {
    const { law, unlearn } = taught([50, 50, 50])
    unlearn()
    const once = law()
    unlearn()
    expect(law()).toEqual(once)
  })

  test('are those since its onset, and no others', () => {
    const book = taught([])
    const before = book.law()
    book.unlearn()
    expect(book.law()).toEqual(before)
  })
})
