import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { afterAll, describe, expect, it } from 'vitest'
import { ALL_TYPES, CANARY, HOSTILE, useEndpoint } from './support.ts'

const endpoint = useEndpoint()
const clients: ClickHouseClient[] = []
afterAll(() => Promise.all(clients.map((client) => client.close())))

function client(compressed: boolean, more = {}): ClickHouseClient {
  const compression = { request: false, response: compressed }
  const made = createClient({
    log: { level: ClickHouseLogLevel.OFF },
    url: endpoint.url,
    username: 'alpha',
    password: 'key-alpha',
    compression,
    ...more,
  })
  clients.push(made)
  return made
}

describe.each([true, false])('@clickhouse/client with compression %s', (compressed) => {
  it('connects, introspects, and gets right values', async () => {
    const own = client(compressed, { database: 'omnify' })
    expect(await own.ping()).toEqual({ success: true })
    expect(await own.ping({ select: true })).toEqual({ success: true })
    const tables = await own.query({ query: 'SHOW TABLES', format: 'JSONEachRow' })
    expect(await tables.json()).toContainEqual({ name: 'orders' })
    const columns = await own.query({
      query:
        "SELECT name, type FROM system.columns WHERE database = 'omnify' AND table = 'orders' ORDER BY position LIMIT 2",
      format: 'JSONEachRow',
    })
    expect(await columns.json()).toEqual([
      { name: 'order_id', type: 'String' },
      { name: 'customer_id', type: 'Nullable(String)' },
    ])
    const orders = await own.query({
      query: 'SELECT order_id, total_micros FROM omnify.orders WHERE total_micros > {least:Int64} ORDER BY order_id',
      query_params: { least: 5 },
      format: 'JSONEachRow',
    })
    expect(await orders.json()).toEqual([
      { order_id: 'order o1', total_micros: '310400000' },
      { order_id: 'order o2', total_micros: '1000000' },
    ])
    expect(endpoint.mistakes).toEqual([])
  })

  it('gets every type as it is', async () => {
    const rows = await client(compressed).query({ query: ALL_TYPES, format: 'JSONEachRow' })
    expect(await rows.json()).toEqual([
      {
        u8: 255,
        i64: '-9223372036854775808',
        u64: '18446744073709551615',
        f64: 0.5,
        dec: '-123456.7891',
        dec128: '99999999999999999999.123456',
        yes: true,
        s: 'Grüße, 世界',
        fs: 'abc',
        lc: 'low',
        lc_null: null,
        n: null,
        n7: 7,
        d: '2025-02-28',
        dt: '2025-02-28 23:59:59',
        dt64: '2025-02-28 23:59:59.123',
        u: '61f0c404-5cb3-11e7-907b-a6006ad3dba0',
        arr: [1, 2, 3],
        arr_null: ['a', null],
        m: { k: 1, l: 2 },
        t: [1, 'x'],
        e: 'b',
        ip: '127.0.0.1',
      },
    ])
  })

  it('binds parameters as values, whatever they hold', async () => {
    const query_params = {
      s: "it's \\ a \t tab\nand 'quotes'",
      n: null,
      xs: ["a'b", '\\'],
      when: new Date('2025-01-02T03:04:05.678Z'),
      day: '2025-01-02',
      m: new Map([['k', 1]]),
    }
    const query =
      'SELECT {s:String} AS s, {n:Nullable(String)} AS n, {xs:Array(String)} AS xs, {when:DateTime64(3)} AS t, {day:Date} AS day, {m:Map(String, UInt8)} AS m'
    for (const more of [{}, { use_multipart_params: true }]) {
      const rows = await client(compressed, more).query({ query, query_params, format: 'JSONEachRow' })
      expect(await rows.json()).toEqual([
        {
          s: query_params.s,
          n: null,
          xs: query_params.xs,
          t: '2025-01-02 03:04:05.678',
          day: '2025-01-02',
          m: { k: 1 },
        },
      ])
    }
  })

  it('gets a large answer whole', async () => {
    const rows = await client(compressed).query({
      query: 'SELECT arrayJoin(range(300000)) AS n, repeat(toString(n), 3) AS s',
      format: 'JSONCompactEachRow',
    })
    let count = 0
    for await (const chunk of rows.stream()) count += chunk.length
    expect(count).toBe(300_000)
  })

  it('sends hostile names through unharmed', async () => {
    const query = "SELECT customer_id FROM orders WHERE startsWith(order_id, 'order h') ORDER BY order_id"
    const rows = await client(compressed).query({ query, format: 'JSONCompactEachRow' })
    expect(await rows.json()).toEqual(HOSTILE.map((name) => [name]))
  })
})

describe('@clickhouse/client', () => {
  it("says what is wrong with ClickHouse's own codes", async () => {
    const own = client(false)
    const code = (query: string) =>
      own.query({ query }).then(
        () => 'none',
        (error: { code?: string; type?: string }) => `${error.code} ${error.type}`,
      )
    expect(await code('SELECT nowhere FROM orders')).toBe('47 UNKNOWN_IDENTIFIER')
    expect(await code('SELECT * FROM nosuch')).toBe('60 UNKNOWN_TABLE')
    expect(await code('SELECT * FROM omnify.nosuch')).toBe('60 UNKNOWN_TABLE')
    expect(await code('SELECT 1 +')).toBe('62 SYNTAX_ERROR')
    expect(await code('INSERT INTO orders VALUES (1)')).toBe('497 ACCESS_DENIED')
    expect(await code("SELECT * FROM file('/etc/passwd')")).toBe('497 ACCESS_DENIED')
    const wrong = client(false, { password: 'key-beta' })
    await expect(wrong.query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516' })
  })

  it('keeps settings of a session, and answers none with 164', async () => {
    const own = client(false, { session_id: 'one', clickhouse_settings: { max_execution_time: 5, readonly: '0' } })
    await own.command({ query: "SET date_time_output_format = 'iso', max_memory_usage = 1000000000000" })
    const query = "SELECT toDateTime('2025-01-01 00:00:00', 'UTC') AS t"
    expect(await (await own.query({ query, format: 'JSONEachRow' })).json()).toEqual([{ t: '2025-01-01T00:00:00Z' }])
    const other = client(false, { session_id: 'two' })
    expect(await (await other.query({ query, format: 'JSONEachRow' })).json()).toEqual([{ t: '2025-01-01 00:00:00' }])
    await expect(own.query({ query, clickhouse_settings: { no_such_setting: 1 } as never })).rejects.toMatchObject({
      code: '115',
    })
  })

  it('is told of its own rows only', async () => {
    const rows = await client(false)
      .query({ query: 'SELECT * FROM orders FORMAT CSV' as string, format: 'CSV' })
      .catch(() => null)
    expect(rows === null ? '' : await rows.text()).not.toMatch(CANARY)
  })
})
