import { expect, test } from 'vitest'
import { SeriesBook } from '../../../../pipelines/detect/core/series.ts'

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
