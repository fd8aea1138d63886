import { expect, test } from 'vitest'
import type { Cube } from '../../../models/root-cause/cube.ts'
import { explainRatio } from '../../../models/root-cause/ratio.ts'
import { type Happening, smallCube } from './small-cube.ts'

const side = (seed: number, happening: Happening): Cube => smallCube([6, 5, 4], 0.04, seed, happening)
const quiet: Happening = (_, value) => value
const fallen: Happening = ([a], value) => (a === 2 ? value * 0.5 : value)
const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0)

test('the side that moved is named, with its cause', () => {
  const [first, second] = explainRatio(side(1, fallen), side(2, quiet))
  expect(first).toMatchObject({ side: 'numerator', causes: [{ set: { a: 'a2' } }] })
  expect(second).toMatchObject({ side: 'denominator', causes: [] })
  const [larger] = explainRatio(side(1, quiet), side(2, fallen))
  expect(larger).toMatchObject({ side: 'denominator', causes: [{ set: { a: 'a2' } }] })
  expect(larger!.change).toBeGreaterThan(0)
})

test('the parts of the sides add up to the change of the ratio', () => {
  const [n, d] = [side(1, fallen), side(2, ([, b], value) => (b === 1 ? value * 1.6 : value))]
  const ratio = total(n.real) / total(d.real) / (total(n.expected) / total(d.expected))
  const parts = explainRatio(n, d).map(({ change }) => change!)
  expect(parts[0]! + parts[1]!).toBeCloseTo(Math.log(ratio), 10)
})

test('what moved both sides alike is a cause of neither; each keeps what is its own', () => {
  const both = explainRatio(side(1, fallen), side(2, fallen))
  expect(both.flatMap(({ causes }) => causes)).toEqual([])
  const own = explainRatio(
    side(1, ([a, b], value) => fallen([a!], value) * (b === 3 ? 0.3 : 1)),
    side(2, fallen),
  )
  expect(own.flatMap(({ causes }) => causes.map(({ set }) => set))).toEqual([{ b: 'b3' }])
})

test('without any sum there is no change to speak of', () => {
  const empty = side(1, () => 0)
  expect(explainRatio(empty, side(2, quiet)).find((one) => one.side === 'numerator')!.change).toBeNull()
})
