import { PassThrough, Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { CommandContext } from '../../../bin/command.ts'
import { run } from '../../../bin/commands/explain.ts'
import { smallCube } from '../../models/root-cause/small-cube.ts'

async function explained(csv: string): Promise<unknown> {
  const stdout = new PassThrough()
  const code = await run({ stdin: Readable.from([Buffer.from(csv)]), stdout } as unknown as CommandContext)
  expect(code).toBe(0)
  return JSON.parse(String(stdout.read()))
}

const cube = smallCube([6, 5], 0.05, 1, ([a], value) => (a === 2 ? value * 0.5 : value))
const lines = Array.from(cube.real, (real, leaf) => {
  const values = cube.dimensions.map(({ codes, values }) => values[codes[leaf]!])
  return `${values.join(',')},${real},${cube.expected[leaf]}`
})

test('a cube as CSV gives its causes as JSON', async () => {
  const causes = await explained(['a,b,real,predict', ...lines].join('\n'))
  expect(causes).toEqual([{ set: { a: 'a2' }, score: expect.any(Number), share: expect.any(Number) }])
})

test('line ends of Windows, a byte order mark and quotes change nothing', async () => {
  const quoted = lines.map((line) => `"${line.replace(',', '",')}`)
  const causes = await explained(`\uFEFF${['a,b,real,predict', ...quoted].join('\r\n')}\r\n`)
  expect(causes).toMatchObject([{ set: { a: 'a2' } }])
})

test('sums are found by the names of their columns, wherever these stand', async () => {
  const turned = Array.from(lines, (line) => {
    const [a, b, real, predict] = line.split(',')
    return [predict, b, real, a].join(',')
  })
  const turned_answer = await explained(['predict,b,real,a', ...turned].join('\n'))
  expect(turned_answer).toEqual(await explained(['a,b,real,predict', ...lines].join('\n')))
})

test('the largest sums have a share', async () => {
  const large = Array.from(cube.real, (real, leaf) => {
    const scaled = [real, cube.expected[leaf]!].map((value) => value * (1e15 / 1e6))
    return `${lines[leaf]!.split(',', 2).join()},${scaled.join()}`
  })
  expect(await explained(['a,b,real,predict', ...large].join('\n'))).toMatchObject([
    { set: { a: 'a2' }, share: expect.any(Number) },
  ])
})

test('a ratio says which side of it moved', async () => {
  const ratio = lines.map((line, leaf) => `${line},${Math.round(cube.expected[leaf]!)},${cube.expected[leaf]}`)
  const causes = await explained(['a,b,real_a,predict_a,real_b,predict_b', ...ratio].join('\n'))
  expect(causes).toMatchObject([{ set: { a: 'a2' }, side: 'numerator' }])
})

test('a cube without lines has no causes', async () => {
  expect(await explained('a,real,predict\n')).toEqual([])
})

test.each([
  ['', 'must begin with a header'],
  ['a,b,real\nx,y,1\n', 'must begin with a header'],
  ['real,predict\n1,2\n', 'must begin with a header'],
  ['a,real_a,predict_a,real_b\nx,1,1,1\n', 'must begin with a header'],
  ['a,a,real,predict\n', 'names "a" twice'],
  [`${Array.from({ length: 13 }, (_, d) => `d${d}`).join()},real,predict\n`, '13 dimensions, at most 12'],
  ['a,real,predict\nx,1,2\ny,1\n', 'line 3 of the input has 2 columns, not 3'],
  ['a,real,predict\nx,1,\n', 'line 2 of the input: predict must be a number, is ""'],
  ['a,real,predict\nx,0x10,2\n', 'line 2 of the input: real must be a number, is "0x10"'],
  ['a,real,predict\nx,1,2\ny,3,-1e308\n', 'line 3 of the input: predict must lie within ±1000000000000000, is -1e308'],
  ['a,real,predict\nx,1e999,2\n', 'line 2 of the input: real must be a number, is "1e999"'],
])('what cannot be read is named: %j', async (csv, reason) => {
  await expect(explained(csv)).rejects.toThrow(reason)
})
