import { describe, expect, test } from 'vitest'
import { drawNormal } from '../../../models/math/draw.ts'
import { type Random, seeded } from '../../../models/math/random.ts'
import type { Cube } from '../../../models/root-cause/cube.ts'
import { explain } from '../../../models/root-cause/explain.ts'
import { smallCube } from './small-cube.ts'

/** Cubes of 4 × 8 × 6 counts, around `mean` a leaf; `sway` is how far the forecast of each value of each dimension is off. */
function counts(mean: number, seed: number, factor: (codes: readonly number[]) => number, sway = 0): Cube {
  const random = seeded(seed)
  const off = [4, 8, 6].map((size) => Array.from({ length: size }, () => Math.exp(sway * drawNormal(random))))
  const cube = smallCube([4, 8, 6], 0, seed, (_, value) => value)
  const expected = cube.expected.map((value) => (value / 1_000) * mean)
  const real = expected.map((value, leaf) => {
    const codes = cube.dimensions.map((dimension) => dimension.codes[leaf]!)
    return poisson(
      random,
      codes.reduce((m, code, d) => m * off[d]![code]!, value * factor(codes)),
    )
  })
  return { ...cube, real, expected }
}

function poisson(random: Random, mean: number): number {
  if (mean > 100) return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(random)))
  let [count, product] = [0, random()]
  for (const stop = Math.exp(-mean); product > stop; product *= random()) count++
  return count
}

const causesOf = (cube: Cube) => explain(cube).causes.map(({ set }) => set)
const SEEDS = Array.from({ length: 10 }, (_, k) => k + 1)

describe.each([0.3, 3, 30, 300])('counts of %s a leaf', (mean) => {
  test('noise alone has no cause', () => {
    expect(SEEDS.flatMap((seed) => causesOf(counts(mean, seed, () => 1)))).toEqual([])
  })

  test('a value that lost or gained much is found as soon as it is large enough to be seen, and nothing else', () => {
    for (const seed of SEEDS) {
      const down = causesOf(counts(mean, seed, ([a]) => (a === 1 ? 0.3 : 1)))
      const up = causesOf(counts(mean, seed, ([a]) => (a === 1 ? 3 : 1)))
      // 48 leaves of 0.3 expect 14 counts: seen when they double, not always when they fall.
      if (mean > 1) expect({ seed, down, up }).toEqual({ seed, down: [{ a: 'a1' }], up: [{ a: 'a1' }] })
      else expect([...down, ...up].filter(({ a }) => a !== 'a1')).toEqual([])
    }
  })

  test('what lost alike everywhere has its cause outside', () => {
    if (mean < 1) return
    for (const seed of SEEDS) expect(causesOf(counts(mean, seed, () => 0.5))).toEqual([{}])
  })
})

test('forecasts that are off for whole values are not taken for causes; a real cause beside them is', () => {
  const off = SEEDS.map((seed) =>
    causesOf(counts(300, seed, () => 1, 0.04)).filter((set) => Object.keys(set).length > 0),
  )
  expect(off.filter((sets) => sets.length > 0).length).toBeLessThanOrEqual(3)
  for (const seed of SEEDS) {
    expect(causesOf(counts(300, seed, ([, b]) => (b === 2 ? 0.3 : 1), 0.04))).toContainEqual({ b: 'b2' })
  }
})

test('amounts rounded to whole numbers are not taken for counts, nor their rounding for causes', () => {
  for (const seed of SEEDS) {
    const cube = smallCube([10, 8, 6], 0.03, seed, ([, b], value) => (b === 2 ? value * 0.6 : value))
    const rounded = (side: Float64Array) => side.map((value) => Math.round(value / 40))
    expect(causesOf({ ...cube, real: rounded(cube.real), expected: rounded(cube.expected) })).toEqual([{ b: 'b2' }])
  }
})
