import { describe, expect, it } from 'vitest'
import { insertRows } from '../../../pipelines/store/insert-rows.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()

describe('inserting a few rows', () => {
  it('keeps every text as it is', async () => {
    await test.store.command('CREATE TABLE few (a String, b String) ENGINE = Memory')
    const rows = [
      ['', "it's"],
      ['ü✓\n\t\\', '{x:String}'],
    ]
    await insertRows(test.store, 'few', ['a', 'b'], rows)
    expect(await test.store.query('SELECT a, b FROM few ORDER BY a', {}, { format: 'JSONCompactEachRow' })).toEqual(
      rows,
    )
  })
})
