import { expect, it } from 'vitest'
import { sideBySide } from '../../../pipelines/store/side-by-side.ts'

const make = (table: string, more = '') => `-- why\nCREATE TABLE IF NOT EXISTS ${table}\n(\`x\` UInt8) ${more}`
const set = (table: string) => `ALTER TABLE ${table} MODIFY SETTING x = 1`

it('puts neighbours together that are about tables of their own, at most four', () => {
  const all = ['a', 'b', 'c', 'd', 'e'].map((table) => make(table))
  expect(sideBySide(all)).toEqual([all.slice(0, 4), all.slice(4)])
  expect(sideBySide([set('a'), set('b')])).toEqual([[set('a'), set('b')]])
  expect(sideBySide([])).toEqual([])
})

it('keeps the order of what names the same table', () => {
  expect(sideBySide([make('a'), set('a'), set('b')])).toEqual([[make('a')], [set('a'), set('b')]])
  expect(sideBySide([make('a'), make('b', 'AS SELECT * FROM a')])).toHaveLength(2)
  expect(sideBySide([make('b', 'AS SELECT * FROM a'), make('a')])).toHaveLength(2)
  // Of one name within another neither is meant.
  expect(sideBySide([make('a'), make('a_b')])).toHaveLength(1)
})

it('lets anything else stand alone', () => {
  const view = 'CREATE VIEW IF NOT EXISTS v AS SELECT 1'
  expect(sideBySide([make('a'), view, make('b'), make('c')])).toEqual([[make('a')], [view], [make('b'), make('c')]])
})
