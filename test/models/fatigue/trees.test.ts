import fc from 'fast-check'
import { expect, test } from 'vitest'
import { growTrees, treesAt } from '../../../models/fatigue/trees.ts'
import { seeded } from '../../../models/math/random.ts'

const SETTINGS = { rounds: 60, leaves: 8, rate: 0.2, curvature_least: 1, ridge: 1 }

function exclusiveOr(count: number) {
  const random = seeded(3)
  const features = Float64Array.from({ length: 3 * count }, random)
  const outcomes = Uint8Array.from({ length: count }, (_, i) =>
    features[3 * i]! > 0.5 !== features[3 * i + 1]! > 0.3 ? 1 : 0,
  )
  return { features, outcomes, rows: Int32Array.from({ length: count }, (_, i) => i) }
}

test('they learn what no sum of features tells', () => {
  const { features, outcomes, rows } = exclusiveOr(3000)
  const trees = growTrees(features, 3, rows.subarray(0, 2000), new Float64Array(3000), outcomes, SETTINGS)
  let right = 0
  for (let row = 2000; row < 3000; row++)
    right += treesAt(trees, features, 3 * row) > 0 === (outcomes[row] === 1) ? 1 : 0
  expect(right).toBeGreaterThan(950)
})

test('where the offsets say it all already, hardly anything is added', () => {
  const { features, outcomes, rows } = exclusiveOr(1000)
  const offsets = Float64Array.from(outcomes, (outcome) => (outcome === 1 ? 12 : -12))
  const trees = growTrees(features, 3, rows, offsets, outcomes, SETTINGS)
  for (const row of rows) expect(Math.abs(treesAt(trees, features, 3 * row))).toBeLessThan(0.1)
})

test('any finite features give finite log odds', () => {
  const value = fc.double({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value, fc.constantFrom(0, 1)), { minLength: 1, maxLength: 50 }), (points) => {
      const features = Float64Array.from(points.flatMap((point) => point.slice(0, 2)))
      const rows = Int32Array.from(points, (_, i) => i)
      const outcomes = Uint8Array.from(points, ([, , outcome]) => outcome)
      const trees = growTrees(features, 2, rows, new Float64Array(rows.length), outcomes, { ...SETTINGS, rounds: 3 })
      for (const row of rows) expect(treesAt(trees, features, 2 * row)).toSatisfy(Number.isFinite)
    }),
    { seed: 5 },
  )
})
