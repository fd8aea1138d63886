import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { SQL_VIEWS } from '../../../schemas/sql/views.ts'
import { ALL_TYPES, useEndpoint } from './support.ts'
import { CLICKHOUSE_CONNECT, CLICKHOUSE_GO, type Client, CUBE, JDBC } from './toolchains.ts'

const endpoint = useEndpoint()
const TABLES = SQL_VIEWS.map(({ name }) => name)
const sorted = (names: readonly string[]) => names.toSorted()

/** What all of them get for `ALL_TYPES`, as texts; where a language writes something else, its test says so. */
const TYPES = {
  u8: '255',
  i64: '-9223372036854775808',
  u64: '18446744073709551615',
  f64: '0.5',
  dec: '-123456.7891',
  dec128: '99999999999999999999.123456',
  s: 'Grüße, 世界',
  lc: 'low',
  n7: '7',
  u: '61f0c404-5cb3-11e7-907b-a6006ad3dba0',
  e: 'b',
}

/** @returns what the client prints, one object for each way of compression */
async function told(client: Client): Promise<Record<string, never>[]> {
  const { args, file } = await client.command()
  const { stdout } = await promisify(execFile)(file, [...args, String(endpoint.port), ALL_TYPES], { timeout: 60_000 })
  expect(endpoint.mistakes).toEqual([])
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/**
 * A runtime that is missing is told loudly, and on a machine that is to have all of them it is a failure.
 *
 * @param packed  the ways in which the client has answers packed, besides not at all
 */
function withClient(client: Client, packed: readonly string[], look: (told: Record<string, unknown>) => void): void {
  const why = client.why_not()
  const must = process.env.CI === 'true' || process.env.CI === '1'
  if (why !== null) console.warn(`NOT RUN: ${client.name} against the ClickHouse endpoint: ${why}`)
  describe(client.name, () => {
    it.skipIf(why !== null && !must)(
      'connects, introspects, and gets right values, packed and not',
      async () => {
        if (why !== null) throw new Error(`with CI=true every client must run: ${why}`)
        endpoint.packed.clear()
        const answers = await told(client)
        expect(endpoint.packed).toEqual(new Set(packed))
        expect(answers.length).toBeGreaterThan(1)
        for (const answer of answers) look(answer)
      },
      360_000,
    )
  })
}

withClient(CLICKHOUSE_CONNECT, ['lz4', 'zstd', 'gzip'], (answer) => {
  expect(answer).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+/),
    tables: sorted(TABLES),
    columns: [
      ['order_id', 'String', '', '', "the shop's order id", '', ''],
      ['customer_id', 'Nullable(String)', '', '', "the shop's customer id", '', ''],
    ],
    orders: [
      ['order o1', 310_400_000],
      ['order o2', 1_000_000],
    ],
    database: 'omnify',
    exists: 1,
    params: [["it's \\ \t x", ["a'b", '\\'], '2025-01-02 03:04:05']],
    large: [100_000, 4_999_950_000, true],
    settings: [[1]],
    error: expect.stringMatching(/Code: 47\..*UNKNOWN_IDENTIFIER/),
    file: expect.stringMatching(/Code: 497\..*ACCESS_DENIED/),
  })
  expect(answer.types).toEqual({
    ...TYPES,
    yes: 'True',
    fs: "b'abc'",
    lc_null: 'None',
    n: 'None',
    d: '2025-02-28',
    dt: '2025-02-28 23:59:59',
    dt64: '2025-02-28 23:59:59.123000',
    arr: '[1, 2, 3]',
    arr_null: "['a', None]",
    m: "{'k': 1, 'l': 2}",
    t: "(1, 'x')",
    ip: '127.0.0.1',
  })
})

withClient(JDBC, ['blocks'], (answer) => {
  expect(answer).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+/),
    user: 'alpha',
    valid: 'true',
    schemas: ['omnify'],
    kinds: ['VIEW'],
    table_types: expect.arrayContaining(['TABLE', 'VIEW']),
    columns: SQL_VIEWS.find(({ name }) => name === 'orders')!.columns.map(({ name }) => name),
    column_types: expect.arrayContaining(['String', 'Nullable(String)', "DateTime64(3, 'UTC')", 'Int64']),
    keys: [],
    type_names: expect.arrayContaining(['Int64', 'Decimal', 'DateTime64', 'String']),
    functions: ['arrayMap'],
    orders: [
      { order_id: 'order o1', total_micros: '310400000' },
      { order_id: 'order o2', total_micros: '1000000' },
    ],
    large: '100000 4999950000 true',
    params: [{ order_id: 'order o1', total_micros: '310400000', s: "it's \\ \t x" }],
    set: 'false',
    error: expect.stringMatching(/Code: 47\..*UNKNOWN_IDENTIFIER/),
    insert: expect.stringMatching(/Code: 497\..*ACCESS_DENIED/),
  })
  expect(sorted(answer.tables as string[])).toEqual(sorted(TABLES))
  expect(answer.types).toEqual([
    {
      ...TYPES,
      yes: 'true',
      fs: 'abc',
      lc_null: null,
      n: null,
      d: '2025-02-28',
      dt: '2025-02-28 23:59:59.0',
      dt64: '2025-02-28 23:59:59.123',
      arr: '[1, 2, 3]',
      arr_null: '[a, null]',
      m: '{k=1, l=2}',
      t: '[1, x]',
      ip: '/127.0.0.1',
    },
  ])
})

withClient(CLICKHOUSE_GO, ['gzip', 'blocks'], (answer) => {
  expect(answer).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+/),
    name: 'omnify',
    columns: [
      { name: 'order_id', type: 'String' },
      { name: 'customer_id', type: 'Nullable(String)' },
    ],
    orders: [
      { order_id: 'order o1', total_micros: '310400000' },
      { order_id: 'order o2', total_micros: '1000000' },
    ],
    params: [{ s: "it's \\ \t x" }],
    large: '100000 4999950000 true <nil>',
    error: expect.stringMatching(/code: 47.*UNKNOWN_IDENTIFIER/),
  })
  expect(sorted((answer.tables as { name: string }[]).map(({ name }) => name))).toEqual(sorted(TABLES))
  expect(answer.types).toEqual([
    {
      ...TYPES,
      yes: 'true',
      fs: 'abc',
      lc_null: null,
      n: null,
      d: '2025-02-28 00:00:00 +0000 UTC',
      dt: '2025-02-28 23:59:59 +0000 UTC',
      dt64: '2025-02-28 23:59:59.123 +0000 UTC',
      arr: '[1 2 3]',
      arr_null: '[a <nil>]',
      m: 'map[k:1 l:2]',
      t: '[1 x]',
      ip: '127.0.0.1',
    },
  ])
})

withClient(CUBE, ['gzip'], (answer) => {
  expect(answer).toMatchObject({
    tables: TABLES,
    columns: [
      { name: 'customer_id', type: 'Nullable(String)', attributes: [] },
      { name: 'order_id', type: 'String', attributes: [] },
    ],
    orders: [{ order_id: 'order o1', total_micros: '310400000' }],
    column_types: [
      { name: 'order_id', type: 'text' },
      { name: 'total_micros', type: 'bigint' },
    ],
    stream: {
      types: [
        { name: 'order_id', type: 'text' },
        { name: 'total_micros', type: 'bigint' },
      ],
      rows: [
        { order_id: 'order o1', total_micros: '310400000' },
        { order_id: 'order o2', total_micros: '1000000' },
      ],
    },
    large: [100_000, true],
    error: expect.stringContaining('Unknown expression identifier'),
  })
  expect(answer.types).toEqual({
    ...TYPES,
    yes: true,
    fs: 'abc',
    lc_null: null,
    n: null,
    d: '2025-02-28T00:00:00.000',
    dt: '2025-02-28T23:59:59.000',
    dt64: '2025-02-28T23:59:59.123',
    arr: [1, 2, 3],
    arr_null: ['a', null],
    m: { k: 1, l: 2 },
    t: [1, 'x'],
    ip: '127.0.0.1',
  })
})
