import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { unpackBlocks } from '../../../query-api/clickhouse/blocks.ts'
import { askBi, basic } from './ask.ts'
import { CANARY, useEndpoint } from './support.ts'

const endpoint = useEndpoint()
const get = (path: string, headers = {}) => fetch(`${endpoint.url}${path}`, { headers })
const textOf = async (sql: string, asked = {}) => (await askBi(endpoint, sql, asked)).text()

describe("ClickHouse's HTTP interface", () => {
  it('answers a ping without a key', async () => {
    for (const path of ['/ping', '/', '/replicas_status']) expect(await (await get(path)).text()).toBe('Ok.\n')
    expect((await get('/play')).status).toBe(403)
    expect((await get('/play', { authorization: basic('alpha', 'key-alpha') })).status).toBe(500)
  })

  it('knows the tenant in five ways, and nobody else', async () => {
    const who = encodeURIComponent('SELECT currentUser()')
    const login = [
      [`/?query=${who}`, { authorization: basic('alpha', 'key-alpha') }],
      [`/?query=${who}`, { authorization: 'Bearer key-alpha' }],
      [`/?query=${who}`, { 'x-clickhouse-user': 'alpha', 'x-clickhouse-key': 'key-alpha' }],
      [`/?query=${who}&user=alpha&password=key-alpha`, {}],
    ] as const
    for (const [path, headers] of login) expect(await (await get(path, headers)).text()).toBe('alpha\n')
    const strangers = [
      {},
      { authorization: basic('alpha', 'key-beta') },
      { authorization: basic('beta', 'key-alpha') },
      { authorization: basic('default', 'key-alpha') },
      { authorization: basic('alpha', '') },
      { authorization: 'Bearer nothing' },
      { authorization: 'Basic %%%' },
    ]
    const answers = await Promise.all(strangers.map((headers) => get(`/?query=${who}`, headers)))
    const bodies = new Set(await Promise.all(answers.map((answer) => answer.text())))
    expect(answers.map(({ status }) => status)).toEqual(strangers.map(() => 403))
    // The same words whatever is wrong.
    expect([...bodies]).toEqual([
      expect.stringMatching(/^Code: 516\..*\(AUTHENTICATION_FAILED\) \(version \d[\d.]+\)\n$/),
    ])
    const other = await get(`/?query=${who}`, { authorization: basic('alpha', 'key-alpha-events') })
    expect([other.status, other.headers.get('x-clickhouse-exception-code')]).toEqual([403, '497'])
  })

  it('tells of progress in the lines of formats that do', async () => {
    const sql = 'SELECT order_id FROM orders LIMIT 2'
    const answer = await askBi(endpoint, sql, { url: { default_format: 'JSONEachRowWithProgress' } })
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=UTF-8')
    const lines = (await answer.text()).trimEnd().split('\n')
    const told = lines.map((line) => Object.entries(JSON.parse(line) as Record<string, unknown>)[0]!)
    expect(told[0]).toEqual(['meta', [{ name: 'order_id', type: 'String' }]])
    expect(told.filter(([kind]) => kind === 'row')).toHaveLength(2)
    const progress = told.filter(([kind]) => kind === 'progress').map(([, said]) => said as { read_rows: string })
    for (const { read_rows } of progress) expect(Number(read_rows) % 8_192).toBe(0)
    expect(progress.length).toBeGreaterThan(0)
  })

  it('says what ClickHouse says beside an answer', async () => {
    const url = {
      query_id: 'mine',
      default_format: 'JSONCompact',
      wait_end_of_query: '1',
      send_progress_in_http_headers: '1',
    }
    const answer = await askBi(endpoint, 'SELECT order_id FROM orders LIMIT 2', { url })
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json; charset=UTF-8',
      'cache-control': 'no-store',
      'x-clickhouse-query-id': 'mine',
      'x-clickhouse-format': 'JSONCompact',
      'x-clickhouse-timezone': 'UTC',
      'x-clickhouse-server-display-name': 'omnify',
    })
    expect(JSON.parse(answer.headers.get('x-clickhouse-summary')!)).toMatchObject({ result_rows: '2' })
    const told = JSON.parse(`[${answer.headers.get('x-clickhouse-progress')}]`) as unknown[]
    expect(told.at(-1)).toMatchObject({ result_rows: '2' })
    expect(await answer.json()).toMatchObject({ rows: 2, meta: [{ name: 'order_id', type: 'String' }] })
  })

  it('tells how far a statement is, in headers that come before the answer', async () => {
    const slow =
      'SELECT count() FROM (SELECT arrayJoin(range(40000)) AS a) AS l CROSS JOIN (SELECT arrayJoin(range(20000)) AS b) AS r WHERE a * b % 7 < 7'
    const url = { send_progress_in_http_headers: '1', http_headers_progress_interval_ms: '1' }
    const answer = await askBi(endpoint, slow, { url })
    // Each is a line of its own, which fetch joins.
    const told = JSON.parse(`[${answer.headers.get('x-clickhouse-progress')}]`) as Record<string, string>[]
    expect(told.length).toBeGreaterThan(1)
    for (const { elapsed_ns, read_rows } of told)
      expect([Number(read_rows) % 8_192, Number(elapsed_ns) > 0]).toEqual([0, true])
    expect([answer.status, await answer.text()]).toEqual([200, '800000000\n'])
    // What fails after that says so in its body, under the status that is out already.
    const late = await askBi(endpoint, slow.replace('count()', 'sum(intDiv(1, 39999 - a))'), { url })
    expect([late.status, late.headers.get('x-clickhouse-exception-code')]).toEqual([200, '153'])
    expect(await late.text()).toMatch(/^Code: 153\. DB::Exception: /)
    expect(endpoint.mistakes).toEqual([])
  })

  it.each([
    ['gzip', gzipSync, gunzipSync],
    ['zstd', zstdCompressSync, zstdDecompressSync],
  ] as const)('reads and writes %s', async (encoding, pack, unpack) => {
    const response = await askBi(endpoint, '', {
      body: new Uint8Array(pack(Buffer.from('SELECT 42'))),
      headers: { 'content-encoding': encoding, 'accept-encoding': encoding },
    })
    expect(response.headers.get('content-encoding')).toBe(encoding)
    // fetch unpacks by itself what it knows.
    const bytes = Buffer.from(await response.arrayBuffer())
    expect((bytes.toString() === '42\n' ? bytes : unpack(bytes)).toString()).toBe('42\n')
    const url = { enable_http_compression: '0' }
    const plain = await askBi(endpoint, 'SELECT 42', { headers: { 'accept-encoding': encoding }, url })
    expect(plain.headers.get('content-encoding')).toBeNull()
  })

  it("writes and reads ClickHouse's own blocks", async () => {
    const answer = await askBi(endpoint, 'SELECT arrayJoin(range(100000)) AS n', { url: { compress: '1' } })
    const rows = unpackBlocks(Buffer.from(await answer.arrayBuffer()), 1_000_000).toString()
    expect(rows).toBe(`${Array.from({ length: 100_000 }, (_, n) => n).join('\n')}\n`)
    // A block as another program packed it: ClickHouse's own, of the text SELECT 1.
    const block = Buffer.from(
      await (
        await askBi(endpoint, "SELECT 'SELECT 6 * 7'", { url: { compress: '1', default_format: 'TabSeparatedRaw' } })
      ).arrayBuffer(),
    )
    const url = { decompress: '1' }
    expect(await textOf('', { body: new Uint8Array(block), url })).toBe('42\n')
    block[20]! ^= 1
    expect(await textOf('', { body: new Uint8Array(block), url })).toMatch(/^Code: (?:40|271|229)\. /)
    expect(await textOf('', { body: 'SELECT 1', url })).toMatch(/^Code: 271\. /)
  })

  it('takes a statement from the address, the body, a form, or two of them', async () => {
    expect(await textOf('SELECT 1', { method: 'GET' })).toBe('1\n')
    expect(await textOf('', { url: { query: 'SELECT' }, body: '2' })).toBe('2\n')
    const form = new FormData()
    form.set('query', 'SELECT {xs:Array(String)} AS xs, {s:Nullable(String)} AS s, {t:String} AS t')
    form.set('param_xs', "['a\\'b', 'c']")
    form.set('param_s', '\\N')
    form.set('param_t', 'a\\tb\\\\')
    const answer = await fetch(`${endpoint.url}/?default_format=JSONCompactEachRow`, {
      method: 'POST',
      headers: { authorization: basic('alpha', 'key-alpha') },
      body: form,
    })
    expect(await answer.json()).toEqual([["a'b", 'c'], null, 'a\tb\\'])
  })

  it('keeps settings in a session of its tenant', async () => {
    const url = { session_id: 's', session_timeout: '5' }
    const day = "SELECT toDateTime('2025-01-01 00:00:00', 'UTC')"
    expect(await textOf("SET date_time_output_format = 'iso'", { url })).toBe('')
    expect(await textOf(day, { url })).toBe('2025-01-01T00:00:00Z\n')
    expect(await textOf(`${day} SETTINGS date_time_output_format = 'unix_timestamp'`, { url })).toBe('1735689600\n')
    expect(await textOf(day, { url, tenant: 'beta' })).toBe('2025-01-01 00:00:00\n')
    expect(await textOf(day, { url: { session_id: 'none', session_check: '1' } })).toMatch(/^Code: 372\. /)
    expect(await textOf(day, { url: { session_timezone: 'Asia/Tokyo' } })).toBe('2025-01-01 00:00:00\n')
    const tokyo = await askBi(endpoint, 'SELECT timezone()', { url: { session_timezone: 'Asia/Tokyo' } })
    expect([await tokyo.text(), tokyo.headers.get('x-clickhouse-timezone')]).toEqual(['Asia/Tokyo\n', 'Asia/Tokyo'])
  })

  it('answers SHOW, DESCRIBE and EXISTS', async () => {
    expect(await textOf('SHOW DATABASES')).toBe('omnify\n')
    expect(await textOf("SHOW TABLES FROM omnify LIKE 'order%'")).toBe('order_lines\norders\n')
    expect(await textOf('EXISTS TABLE omnify.orders')).toBe('1\n')
    expect(await textOf('EXISTS fact_orders')).toBe('0\n')
    expect(await textOf('DESCRIBE TABLE orders')).toMatch(/^order_id\tString\t/)
    expect(await textOf('DESC (SELECT 1 AS a, toNullable(2) AS b)')).toMatch(/^a\tUInt8\t.*\nb\tNullable\(UInt8\)\t/)
    expect(await textOf('SHOW CREATE TABLE orders FORMAT TabSeparatedRaw')).toMatch(
      /^CREATE VIEW omnify\.orders\n\(\n {4}`order_id` String COMMENT/,
    )
    expect(await textOf('USE omnify')).toBe('')
    expect(await textOf('USE nowhere')).toMatch(/^Code: 81\. /)
  })

  it('stops a statement of the tenant itself, and of no other', async () => {
    const long =
      'SELECT count() FROM (SELECT arrayJoin(range(40000)) AS a) AS l CROSS JOIN (SELECT arrayJoin(range(40000)) AS b) AS r WHERE a * b % 7 = 3'
    const running = askBi(endpoint, long, { url: { query_id: 'long' } })
    const kill = "KILL QUERY WHERE query_id = 'long'"
    while ((await textOf('SELECT 1', { url: { query_id: 'long' } })) === '1\n');
    expect(await textOf(kill, { tenant: 'beta' })).toBe('')
    expect(await textOf(kill)).toMatch(/^waiting\tlong\talpha\t/)
    expect(await (await running).text()).toMatch(/^Code: 394\. /)
  })

  it('breaks an answer off that fails after it has begun, with the block that clients look for', async () => {
    const late =
      'SELECT a, intDiv(1, 2000 - a) AS x FROM (SELECT arrayJoin(range(3000)) AS a) AS l CROSS JOIN (SELECT arrayJoin(range(1000)) AS b) AS r'
    // Packed or not, what was cut does not look whole.
    for (const url of [{}, { compress: '1' }]) {
      const packed = await askBi(endpoint, late, { url })
      await expect(packed.arrayBuffer()).rejects.toThrow()
    }
    const answer = await askBi(endpoint, late, { headers: { 'accept-encoding': 'identity' } })
    expect(answer.status).toBe(200)
    let received = ''
    const reading = (async () => {
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) received += chunk
    })()
    await expect(reading).rejects.toThrow()
    const tag = answer.headers.get('x-clickhouse-exception-tag')
    expect(received).toContain(`\r\n__exception__\r\n${tag}\r\nCode: 153. DB::Exception: `)
    const whole = await askBi(endpoint, late, { url: { wait_end_of_query: '1' } })
    expect([whole.status, whole.headers.get('x-clickhouse-exception-code')]).toEqual([500, '153'])
    expect(await whole.text()).not.toMatch(CANARY)
    expect(endpoint.mistakes).toEqual([])
  })

  it('counts what a statement reads, whatever its format, and refuses one that would read too much', async () => {
    const left = async (sql: string) => {
      const answer = await askBi(endpoint, sql)
      await answer.text()
      return Number(/"rows-read";r=(\d+)/.exec(answer.headers.get('ratelimit')!)![1])
    }
    const before = await left('SELECT 1')
    await left('SELECT count() FROM orders AS a CROSS JOIN orders AS b FORMAT CSV')
    expect(before - (await left('SELECT 1 FORMAT Arrow'))).toBeGreaterThanOrEqual(12)
    const refused = await askBi(endpoint, 'SELECT * FROM orders', { url: { max_rows_to_read: '1' } })
    expect(refused.headers.get('x-clickhouse-exception-code')).toBe('158')
    expect(await refused.text()).toMatch(/would read about [1-9]\d* rows, and 1 are its budget/)
  })

  it('refuses what is too large', async () => {
    expect(await textOf(`SELECT '${'x'.repeat(300_000)}'`)).toMatch(/^Code: 229\. /)
    const bomb = gzipSync(Buffer.alloc(50_000_000, 32))
    const asked = { body: new Uint8Array(bomb), headers: { 'content-encoding': 'gzip' } }
    expect(await textOf('', asked)).toMatch(/^Code: 229\. /)
  })
})
