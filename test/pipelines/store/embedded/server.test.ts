import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../../pipelines/store/embedded/limits.ts'
import { useStore } from '../../../support/store.ts'

const test = useStore({ own: true })
const remote = process.env.OMNIFY_TEST_CLICKHOUSE_URL !== undefined

/** One HTTP request; `params` go into the URL. */
function ask(sql: string, options: { params?: Record<string, string>; init?: RequestInit; auth?: boolean } = {}) {
  const url = new URL(test.access.url)
  for (const [name, value] of Object.entries({ database: test.access.database, ...options.params })) {
    url.searchParams.set(name, value)
  }
  const auth: Record<string, string> = options.auth === false ? {} : { authorization: basic() }
  const { headers, ...init } = options.init ?? {}
  return fetch(url, {
    method: 'POST',
    body: sql,
    ...init,
    headers: { ...auth, ...(headers as Record<string, string>) },
  })
}

const text = async (sql: string, params?: Record<string, string>) => (await ask(sql, params ? { params } : {})).text()

const basic = () => `Basic ${Buffer.from(`${test.access.user}:${test.access.password}`).toString('base64')}`

/** Until something holds; fails by the test's own time limit. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(20)
}

const running = async (query_id: string) =>
  (await text(`SELECT count() FROM system.processes WHERE Settings['log_comment'] = '${query_id}'`)) === '1\n'

const SLOW = 'SELECT sum(sleepEachRow(0.01)) FROM numbers(100000) SETTINGS max_block_size = 10'

describe.skipIf(remote)('the embedded store over HTTP', () => {
  it('is closed to everybody without the secret', async () => {
    for (const request of [
      ask('SELECT 1', { auth: false }),
      ask('SELECT 1', { auth: false, params: { user: 'omnify', password: 'guess' } }),
      ask('SELECT 1', { auth: false, init: { headers: { 'x-clickhouse-user': 'default' } } }),
      fetch(`${test.access.url}/ping`),
    ]) {
      const response = await request
      expect(response.status).toBe(403)
      expect(response.headers.get('x-clickhouse-exception-code')).toBe('516')
      expect(await response.text()).toMatch(
        /^Code: 516\. DB::Exception: Authentication failed.*\(AUTHENTICATION_FAILED\) \(version /,
      )
    }
    const { user, password } = test.access
    expect(await (await ask('SELECT 1', { auth: false, params: { user, password } })).text()).toBe('1\n')
    const headers = { 'x-clickhouse-user': user, 'x-clickhouse-key': password }
    expect(await (await ask('SELECT 1', { auth: false, init: { headers } })).text()).toBe('1\n')
  })

  it('answers with the headers of ClickHouse', async () => {
    const response = await ask('SELECT number FROM numbers(3) FORMAT JSONCompact', { params: { query_id: 'mine' } })
    const headers = Object.fromEntries(response.headers)
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=UTF-8',
      'x-clickhouse-query-id': 'mine',
      'x-clickhouse-format': 'JSONCompact',
      'x-clickhouse-timezone': 'UTC',
    })
    expect(JSON.parse(headers['x-clickhouse-summary']!)).toMatchObject({ read_rows: '3', written_rows: '0' })
    expect(await response.json()).toMatchObject({ data: [[0], [1], [2]], rows: 3 })
    expect(await text('SELECT 1 AS a', { default_format: 'CSVWithNames' })).toBe('"a"\n1\n')
  })

  it.each([
    ['SELEC', 400, 62, 'SYNTAX_ERROR'],
    ['SELECT * FROM nowhere', 404, 60, 'UNKNOWN_TABLE'],
    ['SELECT 1 SETTINGS max_thread = 1', 404, 115, 'UNKNOWN_SETTING'],
    ['SELECT throwIf(1)', 500, 395, 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
    ['SELECT {a:UInt8}', 400, 456, 'UNKNOWN_QUERY_PARAMETER'],
    ['SELECT 1; SELECT 2', 400, 62, 'SYNTAX_ERROR'],
  ])('answers %s with status %d, code %d', async (sql, status, code, name) => {
    const response = await ask(sql)
    expect(response.status).toBe(status)
    expect(response.headers.get('x-clickhouse-exception-code')).toBe(String(code))
    const body = await response.text()
    expect(body.startsWith(`Code: ${code}. DB::Exception: `)).toBe(true)
    expect(body).toMatch(new RegExp(`\\(${name}\\) \\(version 26\\.[0-9.]+ \\(embedded\\)\\)\\n$`))
  })

  it('keeps settings, parameters and the database of a request to itself', async () => {
    const settings = "SELECT getSetting('max_threads'), getSetting('max_block_size'), currentDatabase()"
    const before = await text(settings)
    expect(await text(settings, { max_threads: '1', max_block_size: '77', database: 'system' })).toBe('1\t77\tsystem\n')
    await text('SET max_threads = 1')
    await text('USE system')
    expect(await text(settings)).toBe(before)
    expect(await text('SELECT {a:UInt8}', { param_a: '5' })).toBe('5\n')
    expect(await text('SELECT {a:UInt8}')).toContain('UNKNOWN_QUERY_PARAMETER')
    const many = Array.from({ length: 60 }, async (_, n) => {
      const got = await text("SELECT {a:String}, getSetting('max_block_size')", {
        param_a: `v${n}`,
        max_block_size: `${n + 1}`,
      })
      expect(got).toBe(`v${n}\t${n + 1}\n`)
    })
    await Promise.all(many)
  })

  it('leaves nothing of a statement on a connection that others use after it', async () => {
    const state = `SELECT getSetting('max_block_size'), getSetting('extremes'), currentDatabase(), count()
      FROM system.tables WHERE is_temporary`
    const before = await text(state)
    for (const sql of [
      'SELECT 1 SETTINGS max_block_size = 7',
      'SELECT 1 SETTINGS extremes = 1 FORMAT TSV',
      'SELECT 1 FORMAT TSV SETTINGS max_block_size = 7',
      'EXPLAIN SELECT 1 SETTINGS max_block_size = 7',
      'CREATE TEMPORARY TABLE mine (a Int8)',
      'CREATE OR REPLACE TABLE kept (a Int8) ENGINE = Memory',
      'INSERT INTO kept SETTINGS max_block_size = 7 VALUES (1)',
      'INSERT INTO kept SELECT 1 SETTINGS max_block_size = 7',
      'SELECT * FROM nowhere SETTINGS max_block_size = 7',
      'SET max_block_size = 7',
      'USE system',
    ]) {
      await text(sql)
      expect(await text(state), sql).toBe(before)
      await text(sql, { wait_end_of_query: '1' })
      expect(await text(state, { wait_end_of_query: '1' }), sql).toBe(before)
    }
  })

  it('gives a whole result through memory or a file, with the bound of the client where it has one', async () => {
    const params = { wait_end_of_query: '1' }
    const rows = LIMITS.result_bytes_max / 512
    const large = `SELECT leftPad(toString(number), 1023) FROM numbers(${rows})`
    expect((await text(large, params)).length).toBe(rows * 1024)
    const long = `SELECT number FROM numbers(${LIMITS.result_rows_max + 1})`
    expect((await text(long, params)).split('\n').length).toBe(LIMITS.result_rows_max + 2)
    expect(await text(`SELECT 1 AS a FORMAT JSONEachRow`, params)).toBe('{"a":1}\n')
    expect(await text('SELECT 1 AS a', { ...params, default_format: 'CSVWithNames' })).toBe('"a"\n1\n')
    expect((await text(large, { ...params, max_result_bytes: '5000' })).slice(0, 500)).toContain(
      '(TOO_MANY_ROWS_OR_BYTES)',
    )
    const cut = { ...params, max_result_rows: '1', max_block_size: '10', result_overflow_mode: 'break' }
    expect((await text('SELECT number FROM numbers(1000)', cut)).split('\n').length).toBeLessThan(50)
  })

  it('lets a GET only read', async () => {
    const get = (query: string) => ask('', { params: { query }, init: { method: 'GET', body: null } })
    expect(await (await get('SELECT 1')).text()).toBe('1\n')
    expect(await (await get('CREATE TABLE by_get (a Int8) ENGINE = Memory')).text()).toContain('(READONLY)')
  })

  it('lets what only reads only read, also on a connection that was used before', async () => {
    const reads = (sql: string, more: Record<string, string> = {}) => text(sql, { readonly: '2', ...more })
    for (const n of ['1', '2', '3'])
      expect(await reads("SELECT {n:UInt8}, getSetting('readonly')", { param_n: n })).toBe(`${n}\t2\n`)
    expect(await reads('CREATE TABLE of_a_reader (n UInt8) ENGINE = Memory')).toContain('Code: 164')
    expect(await reads("SELECT getSetting('max_threads')", { max_threads: '1' })).toBe('1\n')
    expect(await text("SELECT getSetting('readonly')")).toBe('0\n')
  })

  it('speaks gzip and deflate in both directions', async () => {
    await text('CREATE TABLE zipped (a UInt32, b String) ENGINE = MergeTree ORDER BY a')
    const rows = Array.from({ length: 20_000 }, (_, n) => `${n}\tname ${n}`).join('\n')
    const params = { query: 'INSERT INTO zipped FORMAT TSV' }
    const sent = await ask('', { params, init: { body: gzipSync(rows), headers: { 'content-encoding': 'gzip' } } })
    expect(JSON.parse(sent.headers.get('x-clickhouse-summary')!)).toMatchObject({ written_rows: '20000' })
    for (const encoding of ['gzip', 'deflate']) {
      const compressed = await ask('SELECT * FROM zipped ORDER BY a FORMAT TSV', {
        params: { enable_http_compression: '1' },
        init: { headers: { 'accept-encoding': encoding } },
      })
      expect(compressed.headers.get('content-encoding')).toBe(encoding)
      expect(await compressed.text()).toBe(`${rows}\n`)
    }
    const plain = await ask('SELECT 1', { init: { headers: { 'accept-encoding': 'gzip' } } })
    expect(plain.headers.get('content-encoding')).toBe(null)
    const broken = await ask('', {
      params,
      init: { body: gzipSync(rows).subarray(0, 999), headers: { 'content-encoding': 'gzip' } },
    })
    expect(broken.status).toBe(500)
    expect(await text('SELECT count() FROM zipped')).toBe('20000\n')
    expect(gunzipSync(gzipSync(rows)).toString()).toBe(rows)
  })

  it.each(['Native', 'RowBinaryWithNamesAndTypes', 'ArrowStream', 'Parquet', 'JSONEachRow', 'CSVWithNames', 'Avro'])(
    'takes and gives %s',
    async (format) => {
      await text(
        'CREATE OR REPLACE TABLE formats (a Int32, b String, c Nullable(Float64)) ENGINE = MergeTree ORDER BY a',
      )
      const source = `SELECT toInt32(number) AS a, toString(number) AS b, if(number = 3, NULL, number / 4) AS c FROM numbers(1000)`
      const bytes = await (await ask(`${source} FORMAT ${format}`)).arrayBuffer()
      const inserted = await ask('', {
        params: { query: `INSERT INTO formats (a, b, c) FORMAT ${format}` },
        init: { body: bytes },
      })
      expect(await inserted.text()).toBe('')
      expect(await text('SELECT count(), sum(a), uniqExact(b), sum(c), countIf(c IS NULL) FROM formats')).toBe(
        '1000\t499500\t1000\t124874.25\t1\n',
      )
    },
  )

  it('puts an insert through input() with a condition on another table', async () => {
    await text('CREATE TABLE fence (generation UInt64) ENGINE = MergeTree ORDER BY generation')
    await text('CREATE TABLE fenced (a Int32, b String) ENGINE = MergeTree ORDER BY a')
    const native = await (await ask("SELECT toInt32(7) AS a, 'x' AS b FORMAT Native")).arrayBuffer()
    const insert = (generation: number) => {
      const query = `INSERT INTO fenced (a, b) SELECT * FROM input('a Int32, b String')
        WHERE (SELECT max(generation) FROM fence) = ${generation} FORMAT Native`
      return ask('', { params: { query }, init: { body: native } })
    }
    await text('INSERT INTO fence VALUES (3)')
    const written = async (generation: number) =>
      JSON.parse((await insert(generation)).headers.get('x-clickhouse-summary')!).written_rows
    expect(await written(3)).toBe('1')
    await text('INSERT INTO fence VALUES (4)')
    expect(await written(3)).toBe('0')
    expect(await text('SELECT * FROM fenced')).toBe('7\tx\n')
  })

  it('takes nothing of one insert for another', async () => {
    await text('CREATE TABLE counted (n UInt64, a String) ENGINE = MergeTree ORDER BY n')
    const query = "INSERT INTO counted SELECT count(), max(a) FROM input('a String') FORMAT TSV"
    const counts = 'INSERT INTO counted (n) SELECT count() FROM input() FORMAT JSONEachRow'
    for (const rows of [3, 1, 2]) {
      const lines = Array.from({ length: rows }, (_, n) => `${rows}-${n}`)
      await ask(lines.join('\n'), { params: { query } })
      await ask(lines.map((line) => JSON.stringify({ [`c${rows}`]: line })).join('\n'), { params: { query: counts } })
    }
    expect(await text('SELECT groupArray((n, a)) FROM (SELECT * FROM counted ORDER BY n, a)')).toBe(
      "[(1,''),(1,'1-0'),(2,''),(2,'2-1'),(3,''),(3,'3-2')]\n",
    )
  })

  it('writes all or nothing of a body that ends early', async () => {
    await text('CREATE TABLE early (a UInt32) ENGINE = MergeTree ORDER BY a')
    const url = new URL(test.access.url)
    const query = encodeURIComponent(`INSERT INTO ${test.access.database}.early FORMAT TSV`)
    const socket = connect(Number(url.port), url.hostname)
    socket.write(
      `POST /?query=${query} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic()}\r\nContent-Length: 100000\r\n\r\n1\n2\n3\n`,
    )
    await delay(100)
    socket.destroy()
    await delay(100)
    expect(await text('SELECT count() FROM early')).toBe('0\n')
  })

  it('stops a query by KILL with the id of the request, and by the end of its connection', async () => {
    const killed = ask(SLOW, { params: { query_id: "it's /* mine */" } })
    await until(() => running("it\\'s%20%2F*%20mine%20*%2F"))
    expect(await text("KILL QUERY WHERE query_id = 'it\\'s /* mine */' SYNC")).toContain('waiting')
    expect(await (await killed).text()).toContain('(QUERY_WAS_CANCELLED)')

    const control = new AbortController()
    const aborted = ask(SLOW, { params: { query_id: 'aborted' }, init: { signal: control.signal } })
    await until(() => running('aborted'))
    control.abort()
    await expect(aborted).rejects.toThrow('aborted')
    await until(async () => !(await running('aborted')))
  })

  it('refuses a second query with the id of a running one', async () => {
    const control = new AbortController()
    const first = ask(SLOW, { params: { query_id: 'twice' }, init: { signal: control.signal } }).catch(() => null)
    await until(() => running('twice'))
    const second = await ask('SELECT 1', { params: { query_id: 'twice' } })
    expect(await second.text()).toContain('QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING')
    control.abort()
    await first
  })

  it('refuses queries over its bound and stays reachable for KILL', async () => {
    const control = new AbortController()
    const init = { signal: control.signal }
    const held: Promise<void>[] = []
    let refused = 0
    const hold = async (n: number) => {
      const response = await ask(SLOW, { params: { query_id: `held-${n}` }, init })
      if ((await response.text()).includes('(TOO_MANY_SIMULTANEOUS_QUERIES)')) refused++
    }
    while (refused === 0) {
      held.push(hold(held.length).catch(() => {}))
      if (held.length > LIMITS.running_max + LIMITS.waiting_max) await delay(20)
    }
    expect(held.length).toBeGreaterThan(LIMITS.running_max + LIMITS.waiting_max)
    const kill = "KILL QUERY WHERE query LIKE 'SELECT sum(sleepEachRow%' SYNC"
    expect((await text(kill)).match(/waiting/g)!.length).toBeGreaterThan(0)
    control.abort()
    await Promise.all(held)
    expect(await text('SELECT 1')).toBe('1\n')
  })

  it('streams five million rows without holding them', async () => {
    const status = `/proc/${test.embedded.pid()}/status`
    const anonymous = () => Number(/RssAnon:\s+(\d+)/.exec(readFileSync(status, 'utf8'))![1]) / 1024
    const before = anonymous()
    let bytes = 0
    let peak = 0
    const response = await ask(
      'SELECT number, toString(number), repeat(toString(number), 5) FROM numbers(5000000) FORMAT RowBinary',
    )
    for await (const chunk of response.body!) {
      bytes += chunk.length
      if (bytes % 64 === 0) peak = Math.max(peak, anonymous())
    }
    expect(bytes).toBeGreaterThan(250_000_000)
    expect(peak - before).toBeLessThan(200)
  })

  it('waits for a slow reader, then gives an error in the middle in a way that cannot be mistaken', async () => {
    const failing =
      'SELECT number, throwIf(number = 300000) FROM numbers(500000) SETTINGS max_block_size = 10000 FORMAT TSV'
    const response = await ask(failing)
    expect(response.status).toBe(200)
    await delay(200)
    const chunks: Uint8Array[] = []
    const read = async () => {
      for await (const chunk of response.body!) chunks.push(chunk)
    }
    await expect(read()).rejects.toThrow('terminated')
    const tag = response.headers.get('x-clickhouse-exception-tag')!
    const tail = Buffer.concat(chunks).subarray(-600).toString()
    expect(tail).toMatch(
      new RegExp(`\r\n__exception__\r\n${tag}\r\nCode: 395\\. .*\n\\d+ ${tag}\r\n__exception__\r\n$`),
    )
    await expect(test.store.query(failing.replace(' FORMAT TSV', ''))).rejects.toMatchObject({ code: 395 })
    const whole = await ask(failing, { params: { wait_end_of_query: '1' } })
    expect(whole.status).toBe(500)
    expect((await whole.text()).slice(0, 10)).toBe('Code: 395.')
  })

  it('takes a big insert through a file', async () => {
    await text('CREATE TABLE big (a UInt64, b String) ENGINE = MergeTree ORDER BY a')
    const native = await (
      await ask("SELECT number AS a, repeat('x', 90) AS b FROM numbers(1000000) FORMAT Native")
    ).arrayBuffer()
    expect(native.byteLength).toBeGreaterThan(90_000_000)
    const inserted = await ask('', { params: { query: 'INSERT INTO big FORMAT Native' }, init: { body: native } })
    expect(JSON.parse(inserted.headers.get('x-clickhouse-summary')!)).toMatchObject({ written_rows: '1000000' })
    expect(await text('SELECT count(), max(a) FROM big')).toBe('1000000\t999999\n')
  })

  it('survives clients that leave at any moment, and odd requests', async () => {
    const pid = test.embedded.pid()
    await text('CREATE TABLE left_early (a UInt64) ENGINE = MergeTree ORDER BY a')
    const native = await (await ask('SELECT number AS a FROM numbers(100000) FORMAT Native')).arrayBuffer()
    const requests: (() => Promise<Response>)[] = []
    for (let n = 0; n < 60; n++) {
      // Aborted from at once to after some 60 ms: within every step of a request.
      const init = { signal: AbortSignal.timeout(n) }
      const query = 'INSERT INTO left_early FORMAT Native'
      const gzip = {
        params: { enable_http_compression: '1' },
        init: { ...init, headers: { 'accept-encoding': 'gzip' } },
      }
      requests.push(
        () => ask('SELECT number, repeat(toString(number), 3) FROM numbers(3000000)', { init }),
        () => ask('SELECT * FROM numbers(3000000)', gzip),
        () => ask('SELECT count() FROM numbers(100000000)', { params: { wait_end_of_query: '1' }, init }),
        () => ask('', { params: { query }, init: { ...init, body: native } }),
      )
    }
    await Promise.all(
      requests.map((send) =>
        send()
          .then((r) => r.arrayBuffer())
          .catch(() => null),
      ),
    )
    await until(async () => (await text('SELECT count() FROM system.processes')) === '1\n')
    expect((await ask('SELECT 1 FORMAT ü', { params: { query_id: 'ü\n' } })).status).toBe(400)
    const raw = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(test.access.url).port), '127.0.0.1')
      socket.on('data', (data) => resolve(String(data)))
      socket.write(`GET //[ HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic()}\r\n\r\n`)
    })
    expect(raw).toMatch(/^HTTP\/1.1 [45]00 /)
    expect(await text('SELECT count() % 100000 FROM left_early')).toBe('0\n')
    await until(async () => (await text('SELECT count() FROM system.processes')) === '1\n')
    expect(test.embedded.pid()).toBe(pid)
  })

  it('says so where it is no ClickHouse server', async () => {
    expect((await ask('SELECT 1', { params: { compress: '1' } })).status).toBe(501)
    expect((await ask("SELECT 1 INTO OUTFILE '/tmp/x'")).status).toBe(400)
    expect((await ask('SELECT 1', { params: { 'a; b': '1' } })).status).toBe(400)
    const url = new URL('/play', test.access.url)
    expect((await fetch(url, { headers: { authorization: basic() } })).status).toBe(500)
  })
})
