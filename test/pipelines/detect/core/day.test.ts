import { describe, expect, test } from 'vitest'
import { dayP } from '../../../../pipelines/detect/core/day.ts'
import { SeriesBook } from '../../../../pipelines/detect/core/series.ts'
import { HOUR_MS } from '../../../../schemas/zone.ts'

/** Three an hour, at ten hours east of UTC. */
const LAW = { mean: 3, dispersion: 0.01, zeros: 0, shared: 0.001 }
const OFFSET_H = 10
/** A local midnight. */
const MIDNIGHT = 480_000 * 24 - OFFSET_H

const shop = () => {
  const book = new SeriesBook()
  const at = book.placeOf('orders []')
  /** p-value of the day, as it is known after a bucket. */
  const hear = (bucket: number, count: number) => {
    const before = book.newest(at)
    book.note(at, bucket, count, LAW.mean)
    const tick = { grain: 'hour', offset_ms: OFFSET_H * HOUR_MS, start_ms: bucket * HOUR_MS } as const
    return dayP(book, tick, at, { before, count, hour: (bucket + OFFSET_H) % 24, law: LAW, u: 0.5 })
  }
  const hearAll = (from: number, to: number, count: (bucket: number) => number) =>
    Array.from({ length: to - from }, (_, n) => hear(from + n, count(from + n)))
  return { book, at, hear, hearAll }
}

describe('the local day of a series', () => {
  test('is tested with its last hour, and not before', () => {
    const { hearAll } = shop()
    const p_values = hearAll(MIDNIGHT, MIDNIGHT + 48, (bucket) => (bucket < MIDNIGHT + 24 ? 3 : 1))
    expect(p_values.flatMap((p, n) => (Number.isNaN(p) ? [] : [n]))).toEqual([23, 47])
    expect(p_values[23]).toBeGreaterThan(0.1)
    // Two thirds less, of which no hour says anything.
    expect(p_values[47]).toBeLessThan(1e-4)
  })

  test('begins where it does, also when its first hours never came', () => {
    const { hearAll } = shop()
    hearAll(MIDNIGHT, MIDNIGHT + 20, () => 0)
    const p_values = hearAll(MIDNIGHT + 27, MIDNIGHT + 48, () => 3)
    expect(p_values.at(-1)).toBeGreaterThan(0.1)
  })

  test('has nothing of what comes late', () => {
    const { hear, hearAll } = shop()
    hearAll(MIDNIGHT, MIDNIGHT + 10, () => 3)
    hearAll(MIDNIGHT + 11, MIDNIGHT + 23, () => 3)
    expect(hear(MIDNIGHT + 10, 500)).toBeNaN()
    expect(hear(MIDNIGHT + 23, 3)).toBeGreaterThan(0.1)
  })

  test('is what is left of it after an incident', () => {
    const { at, book, hearAll } = shop()
    hearAll(MIDNIGHT, MIDNIGHT + 12, () => 0)
    book.forget(at, MIDNIGHT + 2, MIDNIGHT + 11)
    expect(hearAll(MIDNIGHT + 12, MIDNIGHT + 24, () => 3).at(-1)).toBeGreaterThan(0.1)
  })
})
