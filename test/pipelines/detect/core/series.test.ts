import { expect, test } from 'vitest'
import { SeriesBook } from '../../../../pipelines/detect/core/series.ts'

const LAW = { mean: 100, dispersion: 0.01, zeros: 0, shared: 0.001 }

test('no sum reaches into an incident that is over, and its buckets can still be looked at', () => {
  const book = new SeriesBook()
  const at = book.placeOf('clicks ["meta"]')
  const p_values = new Float64Array(4)
  const sums = (bucket: number): boolean[] => {
    book.note(at, bucket, bucket - 1, 100, 100)
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
