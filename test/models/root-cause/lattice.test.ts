import { expect, test } from 'vitest'
import { cellOf } from '../../../models/root-cause/cells.ts'
import { cubeOf } from '../../../models/root-cause/cube.ts'
import { cuboidAt, latticeOf } from '../../../models/root-cause/lattice.ts'
import { smallCube } from './small-cube.ts'

const cube = smallCube([3, 4, 2], 0, 1, (_, value) => value)

test('every cuboid stands once, finer before coarser, the whole cube last', () => {
  const lattice = latticeOf(cube, 1_000)
  expect(lattice.map(({ dims }) => dims.join(''))).toEqual(['012', '01', '02', '12', '0', '1', '2', ''])
  expect(lattice.map(({ cells }) => cells)).toEqual([24, 12, 6, 8, 3, 4, 2, 1])
  for (const { leaves } of lattice) expect(leaves.reduce((sum, one) => sum + one, 0)).toBe(24)
})

test('a leaf is in the cell that has its values, whichever way the sums take', () => {
  const lattice = latticeOf(cube, 1_000)
  lattice.forEach(({ dims, leaf }, at) => {
    for (let one = 0; one < 24; one++) {
      const first = leaf[cellOf(lattice, at, one)]!
      for (const d of dims) expect(cube.dimensions[d]!.codes[first]).toBe(cube.dimensions[d]!.codes[one])
    }
  })
})

test('too many cells leave the finest layers out, never the first', () => {
  const dims = (cells_max: number) => latticeOf(cube, cells_max).map((cuboid) => cuboid.dims.length)
  expect(Math.max(...dims(40))).toBe(2)
  expect(Math.max(...dims(1))).toBe(1)
  const lattice = latticeOf(cube, 40)
  expect(cuboidAt(lattice, [0, 1, 2])).toBeNull()
  expect(lattice[cuboidAt(lattice, [1])!]!.cells).toBe(4)
  expect(lattice.at(-1)!.leaves[0]).toBe(24)
})

test('dimensions of too many values for a table are numbered all the same', () => {
  const rows = Array.from({ length: 3_000 }, (_, k) => ({ values: [`a${k}`, `b${k % 2_500}`], real: 1, expected: 1 }))
  const lattice = latticeOf(
    cubeOf(
      ['a', 'b', 'c'],
      rows.map((row) => ({ ...row, values: [...row.values, 'c'] })),
    ),
    1e6,
  )
  expect(lattice[cuboidAt(lattice, [0, 1])!]!.cells).toBe(3_000)
  expect(lattice[cuboidAt(lattice, [1, 2])!]!.cells).toBe(2_500)
})
