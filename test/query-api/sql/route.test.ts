import { tableFromIPC } from 'apache-arrow'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useStore } from '../../support/store.ts'
import { createTables, insertOrders, insertWatermark } from '../support/fill.ts'
import { ask, serve } from './support.ts'

const context = useStore()
const state: { app?: FastifyInstance } = {}
const sql = (text: string, more = {}) => ask(state.app!, 'alpha', text, more)

beforeAll(async () => {
  await createTables(context.store)
  await insertOrders(context.store, 'alpha', [
    { id: 'o1', day: '2025-01-01', total_micros: 310_400_000, customer: 'c1' },
    { id: 'o1', day: '2025-01-01', total_micros: 310_500_000, customer: 'c1', at: '2025-01-02T00:00:00Z' },
    {
      id: 'o2',
      day: '2025-01-02',
      total_micros: 1_000_000,
      platform: '=cmd()',
      lines: [{ product: 'p', quantity: 2, price_micros: 5 }],
    },
  ])
  await insertOrders(context.store, 'beta', [{ id: 'SECRET', day: '2025-01-01', total_micros: 7, customer: 'SECRET' }])
  await insertWatermark(context.store, 'alpha', 'shop', '2025-01-04T00:00:00Z')
  state.app = await serve(context)
})
afterAll(() => state.app?.close())

describe('POST /v1/sql', () => {
  it('answers columns and rows, with the newest observation of each order', async () => {
    const answer = await sql(
      'SELECT order_id, total_micros, ordered_at, customer_id, toFloat64(1) / 0 AS inf FROM orders ORDER BY order_id; -- done',
    )
    expect(answer.statusCode, answer.body).toBe(200)
    const { query_id, rows_read, ...body } = answer.json()
    expect(body).toEqual({
      columns: [
        { name: 'order_id', type: 'String' },
        { name: 'total_micros', type: 'Int64' },
        { name: 'ordered_at', type: "DateTime64(3, 'UTC')" },
        { name: 'customer_id', type: 'Nullable(String)' },
        { name: 'inf', type: 'Float64' },
      ],
      rows: [
        ['order o1', '310500000', '2025-01-01T12:00:00.000Z', 'c1', null],
        ['order o2', '1000000', '2025-01-02T12:00:00.000Z', null, null],
      ],
      watermark: '2025-01-04T00:00:00.000Z',
    })
    // Whole granules: the exact number would tell how many rows of other tenants lie in the last one.
    expect(rows_read).toBeGreaterThan(0)
    expect(rows_read % 8_192).toBe(0)
    expect(query_id).toMatch(/^[0-9a-f]{24}$/)
    expect(answer.headers['x-omnify-query-id']).toBe(query_id)
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('binds parameters as values, whatever they hold', async () => {
    const hostile = "x'; DROP TABLE orders; --\t\n\\ \u0000 <script>"
    const answer = await sql(
      'SELECT {s:String} AS s, {n:Int64} + 1 AS n, {xs:Array(String)} AS xs, {d:Date} AS d, {u:Nullable(String)} AS u',
      {
        params: { s: hostile, n: '9007199254740993', xs: ["a'b", 'c'], d: '2025-01-01', u: null },
      },
    )
    expect(answer.statusCode, answer.body).toBe(200)
    expect(answer.json().rows).toEqual([[hostile, '9007199254740994', ["a'b", 'c'], '2025-01-01', null]])
  })

  it('has the totals of WITH TOTALS', async () => {
    const answer = await sql('SELECT day, count() AS n FROM orders GROUP BY day WITH TOTALS ORDER BY day')
    expect(answer.json()).toMatchObject({
      rows: [
        ['2025-01-01', '1'],
        ['2025-01-02', '1'],
      ],
      totals: [expect.anything(), '2'],
    })
  })

  it("answers in ClickHouse's own shape, NDJSON, CSV, Arrow and Parquet", async () => {
    const text = 'SELECT order_id, platform, total_micros FROM orders ORDER BY order_id'
    const own = await sql(text, { format: 'ClickHouseJSON' })
    expect(own.json()).toMatchObject({ meta: [{ name: 'order_id' }, {}, {}], rows: 2 })
    expect(own.json()).not.toHaveProperty('statistics')
    const lines = await sql(text, { accept: 'application/x-ndjson' })
    expect(
      lines.body
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))[0],
    ).toEqual({ order_id: 'order o1', platform: null, total_micros: '310500000' })
    const csv = await sql(text, { accept: 'text/csv' })
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(csv.headers['x-omnify-watermark']).toBe('2025-01-04T00:00:00.000Z')
    expect(csv.body).toBe(
      '"order_id","platform","total_micros"\r\n"order o1",,310500000\r\n"order o2","\'=cmd()",1000000\r\n',
    )
    const arrow = await sql(text, { accept: 'application/vnd.apache.arrow.stream' })
    const rows = tableFromIPC(arrow.rawPayload)
      .toArray()
      .map((row) => ({ ...row.toJSON() }))
    expect(rows[1]).toEqual({ order_id: 'order o2', platform: '=cmd()', total_micros: 1_000_000n })
    const parquet = await sql(text, { format: 'parquet' })
    expect(parquet.rawPayload.subarray(0, 4).toString()).toBe('PAR1')
  })

  it.each(['json', 'ndjson', 'ClickHouseJSON'])('is UTF-8 as %s whatever bytes a text holds', async (format) => {
    const answer = await sql("SELECT concat('a', char(255), 'b') AS s", { format })
    expect(answer.statusCode, answer.body).toBe(200)
    const text = new TextDecoder('utf-8', { fatal: true }).decode(answer.rawPayload)
    expect(text).toContain('a\uFFFDb')
  })

  it.each([
    ['SELECT\n  fiel(1)', 'sql_refused', 2, 3],
    ['SELECT order_id,\n  nowhere FROM orders', 'sql_invalid', 2, 3],
    ['SELECT 1 FROM\n orders WHERE (', 'sql_refused', undefined, undefined],
    ['SELECT 1\nFRM orders x', 'sql_refused', 2, 5],
    ['SELECT sum(order_id) FROM orders', 'sql_invalid', undefined, undefined],
    ['SELECT 1 /* line\n */ , nosuch.tenants.x FROM orders', 'sql_invalid', 2, 7],
    ['SELECT * FROM\n`no such`', 'sql_refused', 2, 1],
    ['SELECT {p:Int8}', 'sql_refused', undefined, undefined],
  ])('%s is %s at line %s', async (text, code, line, column) => {
    const answer = await sql(text)
    expect(answer.json()).toMatchObject({ code, status: 400, path: 'sql' })
    expect([answer.json().line, answer.json().column]).toEqual([line, column])
  })

  it.each([
    [{}, 400, 'bad_request'],
    [{ sql: 5 }, 400, 'bad_request'],
    [{ sql: 'SELECT 1', params: { 'a b': 1 } }, 400, 'bad_request'],
    [{ sql: 'SELECT 1', more: 1 }, 400, 'bad_request'],
    [{ sql: `SELECT '${'x'.repeat(70_000)}'` }, 400, 'sql_refused'],
    [{ sql: 'SELECT 1', params: { a: 'x'.repeat(200_000) } }, 400, 'sql_refused'],
    [{ sql: 'SELECT toInt8({p:Int8})', params: { p: 'abc' } }, 400, 'sql_refused'],
  ])('wrong use %# is answered with its code', async (payload, status, code) => {
    const headers = { authorization: 'Bearer key-alpha' }
    const answer = await state.app!.inject({ method: 'POST', url: '/v1/sql', headers, payload })
    expect(answer.json()).toMatchObject({ status, code })
  })

  it('needs a key', async () => {
    expect((await state.app!.inject({ method: 'POST', url: '/v1/sql', payload: { sql: 'SELECT 1' } })).statusCode).toBe(
      401,
    )
  })

  it('is charged for what it reads in every format', async () => {
    const leftAfter = async (format: string) => {
      const { headers } = await sql('SELECT order_id FROM orders', { format })
      return Number(/"rows-read";r=(\d+)/.exec(String(headers.ratelimit))![1])
    }
    let before = await leftAfter('json')
    for (const format of ['ndjson', 'csv', 'arrow', 'parquet', 'ClickHouseJSON', 'json']) {
      const left = await leftAfter(format)
      expect([format, before > left]).toEqual([format, true])
      before = left
    }
  })

  it('refuses an answer that is too large, and streams it in another format', async () => {
    const many = 'WITH arrayJoin(range(200000)) AS n SELECT n'
    const refused = await sql(many)
    expect(refused.json()).toMatchObject({ code: 'too_many_rows', status: 400 })
    const streamed = await sql(many, { format: 'csv' })
    expect(streamed.body.split('\r\n')).toHaveLength(200_002)
  })

  it('tells of a failure in the middle of an answer, and never sends what the engine says', async () => {
    // Long after the first rows have gone out.
    const late = (rows: number, at: number) =>
      `SELECT a, intDiv(1, ${at} - a) AS x FROM (SELECT arrayJoin(range(${rows})) AS a) AS l CROSS JOIN (SELECT arrayJoin(range(1000)) AS b) AS r`
    const whole = await sql(late(99, 90))
    expect(whole.json()).toMatchObject({ code: 'sql_invalid', detail: expect.stringMatching(/Division by zero/i) })
    const text = late(3_000, 2_000)
    const url = await state.app!.listen({ port: 0, host: '127.0.0.1' })
    const answer = await fetch(`${url}/v1/sql?format=csv`, {
      method: 'POST',
      headers: { authorization: 'Bearer key-alpha', 'content-type': 'application/json' },
      body: JSON.stringify({ sql: text }),
    })
    expect(answer.status).toBe(200)
    let received = ''
    const reading = (async () => {
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) received += chunk
    })()
    await expect(reading).rejects.toThrow()
    expect(received.startsWith('"a","x"\r\n0,0\r\n')).toBe(true)
    expect(/exception|DB::|scratch/i.exec(received)).toBeNull()
    // Its place was given back.
    expect((await sql('SELECT 1')).statusCode).toBe(200)
  })

  it('makes views anew that somebody dropped', async () => {
    const databases = await context.store.query<{ name: string }>(
      "SELECT name FROM system.databases WHERE name LIKE 'omnify_sql_alpha%'",
    )
    expect(databases).toHaveLength(1)
    await context.store.command(`DROP DATABASE ${databases[0]!.name}`)
    expect((await sql('SELECT count() FROM orders')).json().rows).toEqual([['2']])
  })
})
