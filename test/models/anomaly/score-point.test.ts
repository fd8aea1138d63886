import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeMemory, restoreSeries, STATE_BYTES, saveSeries } from '../../../models/anomaly/memory.ts'
import { isAlert, scoreOf, scorePoint } from '../../../models/anomaly/score-point.ts'
import { drawNormal } from '../../../models/math/draw.ts'
import { seeded } from '../../../models/math/random.ts'

type Point = readonly [time_s: number, value: number]

const STEP_S = 300

function scoresOf(points: readonly Point[], memory = makeMemory(1), series = 0): number[] {
  return points.map(([time_s, value]) => scorePoint(memory, series, time_s, value))
}

/** Rows of a series of five minutes. */
function rows(values: readonly number[]): Point[] {
  return values.map((value, row) => [row * STEP_S, value])
}

function noise(seed: number, length: number): number[] {
  const random = seeded(seed)
  return Array.from({ length }, () => drawNormal(random))
}

const anyPoint = fc.tuple(fc.integer({ min: -1e9, max: 4e9 }), fc.double({ noNaN: true, noDefaultInfinity: true }))

describe('any series', () => {
  test('the score of a point does not depend on what follows it', () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { maxLength: 200 }), fc.nat(200), (points, cut) => {
        expect(scoresOf(points.slice(0, cut))).toEqual(scoresOf(points).slice(0, cut))
      }),
      { seed: 11 },
    )
  })

  test('evidence is finite and not negative, a score from 0 to 1', () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { minLength: 60, maxLength: 200 }), (points) => {
        for (const evidence of scoresOf(points)) {
          expect(evidence).toBeGreaterThanOrEqual(0)
          expect(evidence).toBeLessThan(Number.POSITIVE_INFINITY)
          expect(scoreOf(evidence)).toBeLessThanOrEqual(1)
          expect(isAlert(evidence)).toBe(scoreOf(evidence) >= 0.5)
        }
      }),
      { seed: 12 },
    )
  })

  test('goes on from its saved bytes as if nothing had happened', () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { maxLength: 150 }), fc.nat(150), (points, cut) => {
        const before = makeMemory(3)
        const first = scoresOf(points.slice(0, cut), before, 2)
        const after = makeMemory(2)
        restoreSeries(after, 1, saveSeries(before, 2))
        expect([...first, ...scoresOf(points.slice(cut), after, 1)]).toEqual(scoresOf(points))
        expect(saveSeries(after, 0)).toEqual(new Uint8Array(STATE_BYTES))
      }),
      { seed: 13 },
    )
  })

  test('neither the unit nor the zero of the values matters', () => {
    const values = noise(5, 3000)
    values[2500] = 15
    const plain = scoresOf(rows(values))
    // Powers of two and whole offsets: no digit is lost, so the answer is the same and not only close.
    const scaled = scoresOf(rows(values.map((value) => value * 1024)))
    expect(scaled).toEqual(plain)
    expect(scoresOf(rows(values.map((value) => value / 2 ** 80)))).toEqual(plain)
    const upsideDown = scoresOf(rows(values.map((value) => -value)))
    expect(upsideDown).toEqual(plain)
  })
})

describe('known shapes', () => {
  const alertsOf = (values: readonly number[]) =>
    scoresOf(rows(values)).flatMap((evidence, row) => (isAlert(evidence) ? [row] : []))

  test.each<[string, (row: number) => number]>([
    ['a constant', () => 7],
    ['zero', () => 0],
    ['a square wave of a day', (row) => (row % 288 < 144 ? 80 : 20)],
  ])('%s raises nothing', (_, value) => {
    expect(alertsOf(Array.from({ length: 4000 }, (_, row) => value(row)))).toEqual([])
  })

  test('the first 50 points raise nothing, whatever they are', () => {
    expect(alertsOf(Array.from({ length: 50 }, (_, row) => 10 ** row))).toEqual([])
  })

  test('a spike is told at once, and once', () => {
    const values = noise(1, 3000)
    values[2000] = 25
    values[2001] = 20
    expect(alertsOf(values)).toEqual([2000])
  })

  test('a step is told at its first point', () => {
    const values = noise(2, 3000).map((value, row) => (row < 2000 ? value : value + 12))
    expect(alertsOf(values)[0]).toBe(2000)
  })

  test('a shift that no single point shows is told by their mean', () => {
    const values = noise(3, 6000).map((value, row) => (row < 4000 ? value : value + 2.5))
    const [first] = alertsOf(values)
    expect(first).toBeGreaterThanOrEqual(4000)
    expect(first).toBeLessThan(4060)
  })

  test('a day that stays quiet is told in a series that is busy every day', () => {
    const busy = (row: number) => row % 288 >= 96 && row % 288 < 192
    const values = noise(4, 4032).map((value, row) => value + (busy(row) && Math.floor(row / 288) !== 10 ? 60 : 20))
    const quiet = 10 * 288 + 96
    const alerts = alertsOf(values)
    expect(alerts.some((row) => row >= quiet && row < quiet + 12)).toBe(true)
    // The first day that turns quiet may be told: nobody had seen one.
    expect(alerts.filter((row) => row > 288 && row < quiet)).toEqual([])
  })

  test('noise raises about as many alerts as it says: one point in 10,000', () => {
    const points = 200_000
    const alerts = Array.from({ length: 40 }, (_, seed) => alertsOf(noise(seed + 100, points / 40)).length)
    const sum = alerts.reduce((all, one) => all + one, 0)
    // Seven streams of two sides each ask, most of them about the same; the tail's prior is wider than a normal tail.
    expect(sum).toBeLessThan((2 * points) / 10_000)
  })
})

test('bytes of another version are refused', () => {
  expect(() => restoreSeries(makeMemory(1), 0, new Uint8Array(8))).toThrow(RangeError)
})
