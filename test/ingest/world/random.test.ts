import { expect, test } from 'vitest'
import { cumulative, keyOf, Random, STREAM } from '../../../ingest/world/random.ts'

const N = 200_000
const draws = (next: () => number) => Array.from({ length: N }, next)
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
const variance = (values: readonly number[]) => mean(values.map((v) => v * v)) - mean(values) ** 2

test('a stream is the same whenever it is asked for, and no two are', () => {
  const random = new Random(7)
  const of = (...key: [number, number?, number?, number?]) => {
    random.reseed(...key)
    return [random.unit(), random.unit(), random.unit()].join()
  }
  const first = of(STREAM.order, 1, 2, 3)
  of(STREAM.order, 9, 9, 9)
  expect(of(STREAM.order, 1, 2, 3)).toBe(first)
  const starts = new Set<string>()
  for (let a = 0; a < 40; a++)
    for (let b = 0; b < 40; b++) for (let c = 0; c < 4; c++) starts.add(of(STREAM.cell, a, b, c))
  expect(starts.size).toBe(40 * 40 * 4)
  expect(new Random(8).reseed(STREAM.order, 1, 2, 3).unit()).not.toBe(
    new Random(7).reseed(STREAM.order, 1, 2, 3).unit(),
  )
})

test('the first draws of neighbouring streams are uniform and uncorrelated', () => {
  const random = new Random('neighbours')
  const firsts = Array.from({ length: N }, (_, n) => random.reseed(STREAM.order, n).unit())
  expect(mean(firsts)).toBeCloseTo(0.5, 2)
  expect(variance(firsts)).toBeCloseTo(1 / 12, 3)
  expect(mean(firsts.slice(1).map((u, n) => (u - 0.5) * (firsts[n]! - 0.5)))).toBeCloseTo(0, 3)
  const tenths = new Array<number>(10).fill(0)
  for (const u of firsts) tenths[Math.floor(u * 10)]!++
  const chi2 = tenths.reduce((sum, seen) => sum + (seen - N / 10) ** 2 / (N / 10), 0)
  // 99.9 % point of chi-square with 9 degrees of freedom.
  expect(chi2).toBeLessThan(27.9)
})

test.each([0.3, 4, 29, 31, 400])('Poisson of mean %d has that mean and variance', (lambda) => {
  const random = new Random(1).reseed(STREAM.spec)
  const counts = draws(() => random.poisson(lambda))
  expect(counts.every((count) => Number.isInteger(count) && count >= 0)).toBe(true)
  expect(Math.abs(mean(counts) / lambda - 1)).toBeLessThan(0.01)
  expect(Math.abs(variance(counts) / lambda - 1)).toBeLessThan(0.03)
})

test('counts keep their mean and have the dispersion asked for', () => {
  const random = new Random(2).reseed(STREAM.spec)
  const counts = draws(() => random.count(100, 0.2))
  expect(Math.abs(mean(counts) / 100 - 1)).toBeLessThan(0.002)
  expect(variance(counts)).toBeGreaterThan(18)
  expect(variance(counts)).toBeLessThan(22)
})

test('normal, exponential and picking by weight', () => {
  const random = new Random(3).reseed(STREAM.spec)
  const normal = draws(() => random.normal())
  expect(mean(normal)).toBeCloseTo(0, 1)
  expect(variance(normal)).toBeCloseTo(1, 1)
  expect(mean(draws(() => random.exponential(5)))).toBeCloseTo(5, 1)
  const table = cumulative([1, 0, 3])
  const picks = draws(() => random.pick(table))
  expect(picks.includes(1)).toBe(false)
  expect(picks.filter((index) => index === 2).length / N).toBeCloseTo(0.75, 2)
})

test('keys of names do not collide where it would matter', () => {
  expect(new Set(Array.from({ length: 2000 }, (_, n) => keyOf(`ad ${n}`))).size).toBe(2000)
})
