import { tableFromIPC } from 'apache-arrow'
import { beforeAll, describe, expect, it } from 'vitest'
import { toArrow } from '../../../query-api/formats/arrow.ts'
import { toCsv } from '../../../query-api/formats/csv.ts'
import { isFormula } from '../../../query-api/formats/formula.ts'
import { toNdjson } from '../../../query-api/formats/ndjson.ts'
import { toParquet } from '../../../query-api/formats/parquet.ts'
import type { Table } from '../../../query-api/formats/table.ts'
import { useStore } from '../../support/store.ts'

const HOSTILE = [
  '<script>',
  '=cmd()',
  '+1',
  '-1',
  '@x',
  '"quoted", and more',
  '\ttab',
  'x'.repeat(10_000),
  'Ünï\u{1F600}',
  '',
]
const table: Table = {
  columns: [
    { name: 'campaign', unit: 'label' },
    { name: 'orders', unit: 'count' },
    { name: 'conversions', unit: 'decimal' },
    { name: 'spend', unit: 'money' },
  ],
  rows: [
    ...HOSTILE.map((campaign, i) => ({ campaign, orders: i - 3, conversions: i / 2, spend: `-${i}.50` })),
    { campaign: null, orders: null, conversions: null, spend: null },
    { campaign: 'large', orders: '9223372036854775807', conversions: 0.1, spend: '1' },
  ],
  meta: {},
}

describe('hostile names', () => {
  it('are no formulas in CSV, and amounts below zero stay amounts', () => {
    const lines = toCsv(table).split('\r\n')
    expect(lines[0]).toBe('campaign,orders,conversions,spend')
    expect(lines.slice(1, 8)).toEqual([
      '<script>,-3,0,-0.50',
      "'=cmd(),-2,0.5,-1.50",
      "'+1,-1,1,-2.50",
      "'-1,0,1.5,-3.50",
      "'@x,1,2,-4.50",
      '"""quoted"", and more",2,2.5,-5.50',
      "'\ttab,3,3,-6.50",
    ])
    expect(lines.slice(-4)).toEqual(['"",6,4.5,-9.50', ',,,', 'large,9223372036854775807,0.1,1', ''])
  })

  it.each(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])(
    'beginning with %j would be a formula',
    (first) => {
      expect(isFormula(`${first}x`)).toBe(true)
      expect(isFormula(`x${first}`)).toBe(false)
    },
  )

  it('are unharmed in NDJSON and Arrow', () => {
    const lines = [...toNdjson(table)].join('').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(table.rows)
    const arrow = tableFromIPC(toArrow(table)).toArray()
    expect(arrow.map((row) => row.campaign)).toEqual(table.rows.map((row) => row.campaign))
  })
})

describe('NDJSON', () => {
  it('comes in pieces', () => {
    const many = { ...table, rows: Array.from({ length: 1_201 }, (_, i) => ({ campaign: String(i) })) }
    const pieces = [...toNdjson(many)]
    expect(pieces).toHaveLength(3)
    expect(pieces.join('').split('\n')).toHaveLength(1_202)
    expect([...toNdjson({ ...table, rows: [] })]).toEqual([])
  })
})

describe('Parquet, read by ClickHouse', () => {
  const context = useStore()
  beforeAll(() =>
    context.store.command(
      'CREATE TABLE p (campaign Nullable(String), orders Nullable(Int64), conversions Nullable(Float64), spend Nullable(String)) ENGINE = Memory',
    ),
  )

  it.each([0, 1, 8, 12, 300])('has the same %i rows', async (count) => {
    const { store } = context
    const rows = Array.from({ length: count }, (_, i) => table.rows[i % table.rows.length]!)
    await store.command('TRUNCATE TABLE p')
    await store.insertNative('INSERT INTO p FORMAT Parquet', toParquet({ ...table, rows }))
    const read = await store.query<Record<string, unknown>>('SELECT * FROM p')
    const plain = rows.map((row) => ({ ...row, orders: row.orders === null ? null : String(row.orders) }))
    // A Memory table keeps the order of one insert.
    expect(read).toEqual(plain)
  })
})
