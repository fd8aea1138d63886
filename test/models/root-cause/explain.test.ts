import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Cube, cubeOf } from '../../../models/root-cause/cube.ts'
import { explain } from '../../../models/root-cause/explain.ts'
import { type Happening, smallCube } from './small-cube.ts'

const SIZES = [6, 5, 4]
const sets = (cube: Cube) => explain(cube).causes.map(({ set }) => set)

const CASES: readonly { name: string; happening: Happening; sets: readonly Record<string, string>[] }[] = [
  { name: 'nothing but noise', happening: (_, value) => value, sets: [] },
  { name: 'one value', happening: ([a], value) => (a === 2 ? value * 0.6 : value), sets: [{ a: 'a2' }] },
  {
    name: 'a combination',
    happening: ([a, , c], value) => (a === 2 && c === 1 ? value * 0.5 : value),
    sets: [{ a: 'a2', c: 'c1' }],
  },
  {
    name: 'one leaf',
    happening: ([a, b, c], value) => (a === 5 && b === 4 && c === 3 ? value * 0.2 : value),
    sets: [{ a: 'a5', b: 'b4', c: 'c3' }],
  },
  {
    name: 'two causes that cross',
    happening: ([a, b], value) => value * (a === 1 ? 0.7 : 1) * (b === 3 ? 0.4 : 1),
    sets: [{ b: 'b3' }, { a: 'a1' }],
  },
  {
    name: 'several children, and not their parent',
    happening: ([a, , c], value) => (a === 4 && c! < 3 ? value * 0.5 : value),
    sets: [
      { a: 'a4', c: 'c0' },
      { a: 'a4', c: 'c1' },
      { a: 'a4', c: 'c2' },
    ],
  },
  { name: 'everything alike: a cause from outside', happening: (_, value) => value * 0.7, sets: [{}] },
]

describe.each(CASES)('$name', ({ happening, sets: wanted }) => {
  const inOrder = (found: readonly object[]) => found.map((set) => JSON.stringify(set)).sort()

  test('down', () => {
    expect(inOrder(sets(smallCube(SIZES, 0.05, 1, happening)))).toEqual(inOrder(wanted))
  })

  test('up', () => {
    const up = smallCube(SIZES, 0.05, 2, (codes, value) => value ** 2 / happening(codes, value))
    expect(inOrder(sets(up))).toEqual(inOrder(wanted))
  })
})

test('what has one value in every dimension is its own cause', () => {
  // An incident of a campaign with one ad: nothing is left to search in.
  const leaf = cubeOf([], [{ values: [], real: 10, expected: 300 }])
  expect(explain(leaf)).toMatchObject({ direction: 'fall', causes: [{ set: {}, share: 1 }] })
  expect(explain(cubeOf([], []))).toEqual({ direction: 'rise', causes: [] })
})

test('a cause says how much it lost, its part of the whole, and how sure it is', () => {
  const cube = smallCube(SIZES, 0.02, 3, ([a], value) => (a === 2 ? value * 0.6 : value))
  const { direction, causes } = explain(cube)
  expect(direction).toBe('fall')
  expect(causes).toHaveLength(1)
  expect(causes[0]!.size).toBeCloseTo(0.4, 1)
  expect(causes[0]!.share).toBeGreaterThan(0.9)
  expect(causes[0]!.share).toBeLessThan(1.1)
  expect(causes[0]!.score).toBeGreaterThan(0.999)
})

test('the best comes first', () => {
  const cube = smallCube(SIZES, 0.05, 4, ([a, b, c], value) =>
    a === 2 ? value * 0.5 : a === 0 && b === 0 && c === 0 ? value * 0.2 : value,
  )
  const { causes } = explain(cube)
  expect(causes.map(({ set }) => set)).toEqual([{ a: 'a2' }, { a: 'a0', b: 'b0', c: 'c0' }])
  expect(causes[0]!.gain).toBeGreaterThan(causes[1]!.gain)
})

test('a name is as short as it can be: an ad of one campaign is named without it', () => {
  const rows = Array.from({ length: 60 }, (_, ad) => ({
    values: [`platform${ad % 3}`, `campaign${ad % 12}`, `ad${ad}`],
    real: ad === 17 ? 200 : 1_000 + (ad % 7) * 10,
    expected: 1_000 + (ad % 5) * 10,
  }))
  expect(sets(cubeOf(['platform', 'campaign', 'ad'], rows))).toEqual([{ ad: 'ad17' }])
})

test('an empty cube, and one without values, have no causes', () => {
  expect(sets(cubeOf(['a'], []))).toEqual([])
  const silent = Array.from({ length: 20 }, (_, k) => ({ values: [`a${k}`], real: 0, expected: 0 }))
  expect(sets(cubeOf(['a'], silent))).toEqual([])
})

test('the order of the rows does not matter, nor does splitting them, nor the unit', () => {
  const cube = smallCube([4, 4, 3], 0.05, 5, ([a, b], value) => (a === 1 && b === 2 ? value * 0.4 : value))
  const rows = Array.from(cube.real, (real, leaf) => ({
    values: cube.dimensions.map(({ codes, values }) => values[codes[leaf]!]!),
    real,
    expected: cube.expected[leaf]!,
  }))
  const wanted = [{ a: 'a1', b: 'b2' }]
  expect(sets(cubeOf(['a', 'b', 'c'], rows))).toEqual(wanted)
  const orders = fc.shuffledSubarray(rows, { minLength: rows.length })
  fc.assert(
    fc.property(orders, fc.double({ min: 0.5, max: 1e6, noNaN: true }), (shuffled, unit) => {
      const halves = shuffled.flatMap(({ values, real, expected }) => {
        const half = { values, real: (real * unit) / 2, expected: (expected * unit) / 2 }
        return [half, half]
      })
      expect(sets(cubeOf(['a', 'b', 'c'], halves))).toEqual(wanted)
    }),
    { seed: 6, numRuns: 20 },
  )
})
