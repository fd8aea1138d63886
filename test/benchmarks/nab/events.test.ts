import { expect, test } from 'vitest'
import type { NabFile } from '../../../benchmarks/nab/corpus.ts'
import { countEvents, eventF1 } from '../../../benchmarks/nab/events.ts'

const texts = Array.from({ length: 1000 }, String)
const windows = [
  { first: 300, last: 350 },
  { first: 600, last: 650 },
]
const file: NabFile = {
  name: 'c/f.csv',
  category: 'c',
  timestamps: texts,
  values: texts,
  windows,
  probation_rows: 150,
}
const count = (...places: number[]) =>
  countEvents(
    file,
    texts.map((_, row) => (places.includes(row) ? 1 : 0)),
  )

test.each<[string, number[], [hit: number, missed: number, false_alarms: number]]>([
  ['nothing', [], [0, 2, 0]],
  ['each window is hit once', [300, 320, 340, 650], [2, 0, 0]],
  ['the probation does not count', [10, 149], [0, 2, 0]],
  ['alarms closer than ten rows are one episode', [200, 209, 218, 227], [0, 2, 1]],
  ['alarms ten rows apart are two', [200, 210], [0, 2, 2]],
  ['an episode that runs into a window is none of its own', [292, 299, 305], [1, 1, 0]],
  ['nor one that runs out of it', [345, 354, 363], [1, 1, 0]],
  ['the last episode counts too', [999], [0, 2, 1]],
])('%s', (_, places, [hit, missed, false_alarms]) => {
  expect(count(...places)).toEqual({ hit, missed, false_alarms })
})

test('F1 over files', () => {
  expect(eventF1([count()])).toBe(0)
  expect(eventF1([count(300, 600)])).toBe(1)
  expect(eventF1([count(300), count(200, 700)])).toBeCloseTo(2 / (2 + 3 + 2), 12)
})
