import { expect, test } from 'vitest'
import { parseNabFile } from '../../../benchmarks/nab/corpus.ts'

const rows = Array.from(
  { length: 40 },
  (_, minute) => `2014-04-01 00:${String(minute).padStart(2, '0')}:00,${minute}.5`,
)
const text = `timestamp,value\n${rows.join('\n')}\n`

test('reads rows as they stand, windows by their place, and the probation', () => {
  const limits: [string, string][] = [
    ['2014-04-01 00:30:00.000000', '2014-04-01 00:33:00.000000'],
    ['2014-04-01 00:10:00.000000', '2014-04-01 00:12:00.000000'],
  ]
  const file = parseNabFile('kind/one.csv', text, limits)
  expect(file).toMatchObject({ name: 'kind/one.csv', category: 'kind', probation_rows: 6 })
  expect(file.windows).toEqual([
    { first: 10, last: 12 },
    { first: 30, last: 33 },
  ])
  expect([file.timestamps[39], file.values[39]]).toEqual(['2014-04-01 00:39:00', '39.5'])
})

test('the probation ends at 750 rows', () => {
  const long = `h\n${Array.from({ length: 9000 }, (_, row) => `${row},1`).join('\n')}`
  expect(parseNabFile('k/f.csv', long, []).probation_rows).toBe(750)
})

test('a window at a time that the file does not have is an error', () => {
  expect(() => parseNabFile('k/f.csv', text, [['2015-01-01 00:00:00', '2015-01-01 00:01:00']])).toThrow(
    'k/f.csv has no row of 2015-01-01 00:00:00',
  )
})
