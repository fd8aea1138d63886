import { describe, expect, it } from 'vitest'
import { inOwnNames } from '../../../query-api/clickhouse/names.ts'
import { makeSessions } from '../../../query-api/clickhouse/sessions.ts'
import { settingsFrom } from '../../../query-api/clickhouse/settings.ts'
import { readStatement } from '../../../query-api/clickhouse/statement.ts'
import { summaryOf } from '../../../query-api/clickhouse/summary.ts'

const SESSION = { tenant: "o'neil", version: '26.7.2.1', uptime_s: 61.5 }
const VIEWS = new Set(['orders', 'windows'])
const CATALOG = new Set(['system_columns', 'system_tables', 'information_schema_tables'])

function names(sql: string): string {
  const statement = readStatement(sql)
  if (statement.kind !== 'query') throw new Error(statement.kind)
  return inOwnNames(statement.lexed, SESSION, VIEWS, CATALOG)
}

describe('the tail of a statement', () => {
  it.each([
    ['SELECT 1', 'SELECT 1', null, {}],
    ['SELECT 1 FORMAT JSON', 'SELECT 1 ', 'JSON', {}],
    ['SELECT 1 format JSON;', 'SELECT 1 ', 'JSON', {}],
    ["SELECT 1 SETTINGS a = 1, b = 'x'", 'SELECT 1 ', null, { a: '1', b: 'x' }],
    ['SELECT 1 SETTINGS a = -1 FORMAT Native', 'SELECT 1 ', 'Native', { a: '-1' }],
    ['SELECT 1 FORMAT Native SETTINGS a = 1', 'SELECT 1 ', 'Native', { a: '1' }],
    ['SELECT 1 -- FORMAT x\nFORMAT CSV', 'SELECT 1            \n', 'CSV', {}],
    ["SELECT 'FORMAT JSON'", "SELECT 'FORMAT JSON'", null, {}],
    ['SELECT * FROM (SELECT 1 FORMAT JSON)', 'SELECT * FROM (SELECT 1 FORMAT JSON)', null, {}],
    ['SELECT * FROM (SELECT 1 SETTINGS a = 1)', 'SELECT * FROM (SELECT 1 SETTINGS a = 1)', null, {}],
    ['SELECT 1 AS format', 'SELECT 1 AS format', null, {}],
    ['SELECT 1 SETTINGS a = {b}', 'SELECT 1 SETTINGS a = {b}', null, {}],
  ])('%s', (sql, text, format, settings) => {
    const statement = readStatement(sql)
    expect(statement).toMatchObject({ kind: 'query', tail: { format }, lexed: { text } })
    expect(statement.kind === 'query' && Object.fromEntries(statement.tail.settings)).toEqual(settings)
  })

  it.each(['INSERT INTO x FORMAT Native \u0000\u0001', 'DROP TABLE x', 'ALTER TABLE x', '', '-- nothing'])(
    'refuses %j',
    (sql) => expect(() => readStatement(sql)).toThrow(),
  )
})

describe('the names of tools', () => {
  it.each([
    ['SELECT * FROM omnify.orders', 'SELECT * FROM        orders'],
    ['SELECT * FROM `default`.`orders` AS o', `SELECT * FROM ${' '.repeat(12)}orders AS o`],
    ['SELECT omnify.orders.day FROM omnify.orders', 'SELECT        orders.day FROM        orders'],
    ['SELECT * FROM system.columns c', 'SELECT * FROM system_columns c'],
    ['SELECT * FROM INFORMATION_SCHEMA.TABLES', 'SELECT * FROM information_schema_tables'],
    ['SELECT system.columns.name FROM system.columns', 'SELECT system_columns.name FROM system_columns'],
    ['SELECT version()', `SELECT '26.7.2.1' AS "version()"`],
    ['SELECT version() AS v, currentUser()', `SELECT '26.7.2.1' AS v, 'o\\'neil' AS "currentUser()"`],
    ['SELECT 1 WHERE database() = currentDatabase()', `SELECT 1 WHERE 'omnify'   = 'omnify'         `],
    ['SELECT upper(user())', `SELECT upper('o\\'neil')`],
    ['SELECT a.system.columns FROM orders AS a', 'SELECT a.system.columns FROM orders AS a'],
    ["SELECT 'system.columns'", "SELECT 'system.columns'"],
    [
      'SELECT * FROM VALUES ((1, f(2, 3)), (4, 5)) AS v',
      'SELECT * FROM (SELECT row_of_values.1 AS c1, row_of_values.2 AS c2 FROM (SELECT arrayJoin ([(1, f(2, 3)), (4, 5)]) AS row_of_values)) AS v',
    ],
  ])('%s', (sql, own) => expect(names(sql)).toBe(own))

  it.each(['SELECT * FROM omnify.fact_orders', 'SELECT * FROM system.users', 'SELECT 1 FROM orders JOIN system.x'])(
    'has no table for %s',
    (sql) => expect(() => names(sql)).toThrow(/does not exist/),
  )

  it('leaves to the gate what it does not know', () => {
    expect(names('SELECT * FROM other.orders')).toBe('SELECT * FROM other.orders')
    expect(names('SELECT 1 IN omnify.tenants')).toBe('SELECT 1 IN omnify.tenants')
  })
})

describe('settings', () => {
  const known = new Set(['max_threads', 'max_execution_time', 'readonly', 'join_use_nulls', 'session_timezone'])
  const of = (asked: Record<string, string>) => settingsFrom(new Map(Object.entries(asked)), known)

  it('are taken, held down to our limits, or dropped', () => {
    expect(of({ join_use_nulls: 'false', max_threads: '64', max_execution_time: '0', readonly: '0' })).toMatchObject({
      join_use_nulls: 0,
      max_threads: 2,
      max_execution_time: 300,
    })
    expect(of({ max_execution_time: '1.5' })).toMatchObject({ max_execution_time: 1.5 })
    expect(of({ readonly: '0' })).not.toHaveProperty('readonly')
    expect(of({ send_progress_in_http_headers: '1' })).not.toHaveProperty('send_progress_in_http_headers')
  })

  it('are refused where they cannot be', () => {
    expect(() => of({ max_threads: 'many' })).toThrow(/max_threads cannot be 'many'/)
    expect(() => of({ session_timezone: "UTC' --" })).toThrow(/session_timezone/)
    expect(() => of({ max_thread: '1' })).toThrow(/Unknown setting 'max_thread'/)
  })
})

it('a session ends after its time, and makes room for newer ones', () => {
  let now = 0
  const sessions = makeSessions(() => now)
  sessions.of('a', 's', 5, false).set('x', '1')
  now = 4_999
  expect(sessions.of('a', 's', 5, true).get('x')).toBe('1')
  expect(sessions.of('b', 's', 5, false).size).toBe(0)
  now = 10_000
  expect(() => sessions.of('a', 's', 5, true)).toThrow(/not found/)
  sessions.of('a', 's', 60, false).set('x', '2')
  for (let n = 0; n < 200; n++) sessions.of('a', `other ${n}`, 60, false)
  expect(() => sessions.of('a', 's', 60, true)).toThrow(/not found/)
})

it('a summary tells of rows that were read in whole granules', () => {
  const header = JSON.stringify({ read_rows: '8193', read_bytes: '77', result_rows: '3', result_bytes: '4' })
  const own = { read_rows: '16384', read_bytes: '0', result_rows: '3', result_bytes: '4', elapsed_ns: '1500000' }
  expect(summaryOf({ 'x-clickhouse-summary': header }, 1.5)).toMatchObject(own)
  expect(summaryOf({}, 0)).toMatchObject({ read_rows: '0', result_rows: '0' })
})
