import { describe, expect, test } from 'vitest'
import { adtributor } from '../../benchmarks/root-cause/adtributor.ts'
import { aggregateScan } from '../../benchmarks/root-cause/aggregate-scan.ts'
import { classMacroF1 } from '../../benchmarks/root-cause/draw-situation.ts'
import { drawCase, KINDS } from '../../benchmarks/root-cause/generate.ts'
import { riskloc } from '../../benchmarks/root-cause/riskloc.ts'
import { f1, f1WithInterval, hitsOf } from '../../benchmarks/root-cause/score.ts'
import { seeded } from '../../models/math/random.ts'
import { smallCube } from '../models/root-cause/small-cube.ts'

describe.each(['mixed', 'leaves'] as const)('cases of the kind %s', (name) => {
  const kind = KINDS[name]
  const cases = Array.from({ length: 12 }, (_, k) => drawCase(kind, seeded(11, k)))

  test('have the dimensions and numbers of causes that the kind says', () => {
    for (const { cube, causes } of cases) {
      expect(cube.dimensions.map(({ values }) => values.length)).toEqual(kind.sizes)
      expect(causes.length).toBeGreaterThanOrEqual(1)
      expect(causes.length).toBeLessThanOrEqual(kind.anomalies[1] * kind.elements[1])
      expect(new Set(causes.map(String)).size).toBe(causes.length)
      if (kind.only_leaves) expect(causes.flat()).not.toContain(-1)
    }
  })

  test('are the same from the same seed', () => {
    expect(drawCase(kind, seeded(11, 3))).toEqual(cases[3])
  })

  test('fall, on one side, where the causes are: what is left of every leaf of a cause is less than before', () => {
    for (const { cube, causes } of cases) {
      const up = cube.real.reduce((sum, value, leaf) => sum + value - cube.expected[leaf]!, 0) > 0
      const [before, after] = up ? [cube.real, cube.expected] : [cube.expected, cube.real]
      for (const cause of causes) {
        const hit = before.map((_, leaf) =>
          cause.every((code, d) => code === -1 || code === cube.dimensions[d]!.codes[leaf]) ? 1 : 0,
        )
        const sum = (side: Float64Array) => side.reduce((total, value, leaf) => total + value * hit[leaf]!, 0)
        expect(sum(after)).toBeLessThan(sum(before))
      }
    }
  })
})

test('only exact combinations count, once each', () => {
  const causes = [
    [1, -1],
    [-1, 2],
  ]
  const found = [
    [1, -1],
    [1, -1],
    [1, 2],
  ]
  expect(hitsOf(found, causes)).toEqual({ right: 1, wrong: 1, missed: 1 })
  expect(f1([hitsOf(found, causes)])).toBe(0.5)
  expect(f1([hitsOf([], [])])).toBe(1)
  expect(hitsOf([], causes)).toEqual({ right: 0, wrong: 0, missed: 2 })
})

test('the interval holds the score, and is a point where all cases are alike', () => {
  const good = { right: 2, wrong: 0, missed: 0 }
  const bad = { right: 0, wrong: 1, missed: 1 }
  expect(f1WithInterval([good, good], seeded(1))).toEqual({ f1: 1, low: 1, high: 1 })
  const mixed = f1WithInterval([good, good, bad, good, bad], seeded(1))
  expect(mixed.low).toBeLessThan(mixed.f1)
  expect(mixed.high).toBeGreaterThan(mixed.f1)
})

test.each([
  ['riskloc', riskloc],
  ['adtributor', adtributor],
  ['aggregate scan', aggregateScan],
])('%s finds what is plain', (_, find) => {
  const cube = smallCube([6, 5, 4], 0.02, 1, ([a], value) => (a === 2 ? value * 0.4 : value))
  expect(find(cube)).toEqual([[2, -1, -1]])
})

test.each([
  ['riskloc', riskloc],
  ['aggregate scan', aggregateScan],
])('%s finds a combination', (_, find) => {
  const cube = smallCube([6, 5, 4], 0.02, 1, ([a, b], value) => (a === 2 && b === 4 ? value * 0.4 : value))
  expect(find(cube)).toEqual([[2, 4, -1]])
})

test('the class of a broken funnel is told, and the same again from the same seed', () => {
  const score = classMacroF1(10, 5)
  expect(score).toBeGreaterThan(0.8)
  expect(classMacroF1(10, 5)).toBe(score)
})
