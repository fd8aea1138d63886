import { expect, it } from 'vitest'
import { standIns } from '../../../query-api/sql/stand-ins.ts'
import { useStore } from '../../support/store.ts'

const context = useStore()

it('has a value for a parameter of every plain type, which the engine takes', async () => {
  const types = [
    ...['Int8', 'UInt256', 'Float64', 'Decimal(18, 4)', 'Bool', 'String', 'FixedString(3)', 'Text', 'Varchar'],
    ...['Date', 'Date32', 'DateTime', "DateTime('Europe/Berlin')", 'DateTime64(3)', "DateTime64(6, 'UTC')"],
    ...['UUID', 'IPv4', 'IPv6', "Enum8('a' = 1, 'b' = 2)", "Enum('x')", 'Nullable(Date)', 'LowCardinality(String)'],
    ...['LowCardinality(Nullable(String))', 'Array(Array(Nullable(Date)))', 'Map(String, Array(Int8))'],
    ...['Tuple(Int8, String, Date, Array(String))', 'Tuple(a Int8, b Tuple(String, UUID))'],
  ]
  const refused: string[] = []
  for (const type of types) {
    const sql = `SELECT toTypeName({x:${type}}) /* {y:String} */`
    expect(Object.keys(standIns(sql))).toEqual(['x'])
    await context.store
      .query(sql, standIns(sql), { params_as_sent: true })
      .catch((error: Error) => refused.push(`${type}: ${error.message}`))
  }
  expect(refused).toEqual([])
})
