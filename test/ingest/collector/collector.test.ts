import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Counts, collector } from '../../../ingest/collector/collector.ts'
import { type Door, openDoor, order } from '../../support/door.ts'

let door: Door
let app: FastifyInstance
let key: string
let free: number
let counted: Counts[]

beforeEach(async () => {
  door = await openDoor()
  key = (await door.tenants.add({ name: 'shop', currency: 'EUR', zone: 'Europe/Berlin' })).key
  free = 0.5
  counted = []
  app = fastify()
  await app.register(collector, {
    acceptor: door.acceptor,
    tenants: door.tenants,
    diskFree: async () => free,
    in_flight_bytes_max: 12_000_000,
    limits: { concurrent: 20, requests: 100, events: 60_000 },
    onCounted: (counts: Counts) => counted.push(counts),
  })
})
afterEach(async () => {
  await app.close()
  await door.close()
})

type Payload = string | Buffer | object
function post(payload: Payload, headers: Record<string, string | undefined> = {}) {
  const all = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers }
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return app.inject({
    method: 'POST',
    url: '/v1/events',
    payload: payload as string,
    headers: sent as Record<string, string>,
  })
}
const lines = (...events: unknown[]) =>
  events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event))).join('\n')
const NDJSON = { 'content-type': 'application/x-ndjson' }

describe('what it takes', () => {
  it('takes an array, a single event, and lines', async () => {
    const array = await post([order('a1'), order('a2')])
    expect([array.statusCode, array.json()]).toEqual([202, { accepted: 2, duplicate: 0, rejected: [] }])
    const single = await post(order('s1'))
    expect([single.statusCode, single.json()]).toEqual([202, { accepted: 1, duplicate: 0, rejected: [] }])
    const ndjson = await post(`\ufeff${lines(order('l1'), '', '  \r', order('l2'))}\r\n\n`, NDJSON)
    expect([ndjson.statusCode, ndjson.json()]).toEqual([202, { accepted: 2, duplicate: 0, rejected: [] }])
    expect(
      door
        .events()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['a1', 'a2', 'l1', 'l2', 's1'])
    expect(new Set(door.events().map(({ tenant }) => tenant))).toEqual(new Set(['shop']))
    expect(counted).toContainEqual({ accepted: 2, duplicate: 0, rejected: 0 })
  })

  it('tells an array from lines where no content type says it', async () => {
    expect((await post(` \n${JSON.stringify([order('a1')])}`, { 'content-type': undefined })).json().accepted).toBe(1)
    expect((await post(lines(order('l1'), order('l2')), { 'content-type': undefined })).json().accepted).toBe(2)
  })

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['GZIP', gzipSync],
  ])('unpacks %s', async (encoding, pack) => {
    const answer = await post(pack(JSON.stringify([order('z1')])), { 'content-encoding': encoding })
    expect([answer.statusCode, answer.json().accepted]).toEqual([202, 1])
  })

  it('says which of them came before', async () => {
    await post([order('a1')])
    const again = await post([order('a1'), order('a2'), order('a2')])
    expect([again.statusCode, again.json()]).toEqual([202, { accepted: 1, duplicate: 2, rejected: [] }])
    expect((await post([order('a1')])).statusCode).toBe(202)
    expect(door.events()).toHaveLength(2)
  })

  it('takes the good ones and says what is wrong with each of the others', async () => {
    const answer = await post(
      lines(order('ok'), '{"id":', order('x', { total: 'NaN' }), '{"id":NaN}', [order('y')], order('', {}), '42'),
      NDJSON,
    )
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toEqual({
      accepted: 1,
      duplicate: 0,
      rejected: [
        { index: 1, code: 'invalid_json', path: 'line 2', reason: expect.stringMatching(/^not JSON: Unexpected end/) },
        { index: 2, code: 'invalid_field', path: 'data/total', reason: 'not a decimal number' },
        { index: 3, code: 'invalid_json', path: 'line 4', reason: "not JSON: Unexpected token 'N'" },
        { index: 4, code: 'invalid_event', path: '', reason: expect.any(String) },
        { index: 5, code: 'invalid_field', path: 'id', reason: '1 to 256 characters' },
        { index: 6, code: 'invalid_event', path: '', reason: expect.any(String) },
      ],
    })
  })

  it('answers 422 when all was rejected, and 202 when there was nothing to take', async () => {
    const answer = await post([{ ...order('a1'), type: 'order.lost' }])
    expect([answer.statusCode, answer.json().rejected[0].code]).toEqual([422, 'unknown_type'])
    expect((await post([])).json()).toEqual({ accepted: 0, duplicate: 0, rejected: [] })
  })
})

describe('single events that cannot be taken', () => {
  const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
  const cases: [string, string, string, string?][] = [
    ['a control character', JSON.stringify(order('a\u0001b')), 'control_character', 'id'],
    [
      'an escaped null character',
      JSON.stringify(order('a1', { landing_page: 'x\u0000' })),
      'control_character',
      'data/landing_page',
    ],
    ['money of 1e308', JSON.stringify(order('a1', { total: 1e308 })), 'money_out_of_range', 'data/total'],
    ['money of 1e308 as text', JSON.stringify(order('a1', { total: '1e308' })), 'money_out_of_range', 'data/total'],
    [
      'money of 1e400, which is Infinity',
      JSON.stringify(order('a1')).replace('"12.50"', '1e400'),
      'invalid_field',
      'data/total',
    ],
    [
      'a time of 1970',
      JSON.stringify(order('a1', {}, { occurred_at: '1970-01-01T00:00:00Z' })),
      'time_out_of_range',
      'occurred_at',
    ],
    [
      'a time of 2199',
      JSON.stringify(order('a1', {}, { occurred_at: '2199-01-01T00:00:00Z' })),
      'time_out_of_range',
      'occurred_at',
    ],
    ['a day of 2199', JSON.stringify(order('a1', { order_date: '2199-01-01' })), 'time_out_of_range'],
    [
      'a version that is not there yet',
      JSON.stringify(order('a1', {}, { version: 99 })),
      'unsupported_version',
      'version',
    ],
    ['a version of 0', JSON.stringify(order('a1', {}, { version: 0 })), 'invalid_field', 'version'],
    ['an unknown type', JSON.stringify(order('a1', {}, { type: '__proto__' })), 'unknown_type', 'type'],
    ['an unknown field', JSON.stringify(order('a1', { totl: 1 })), 'unknown_field', 'data/totl'],
    ['an unknown field of the envelope', JSON.stringify(order('a1', {}, { extra: 1 })), 'unknown_field', 'extra'],
    ['a missing field', JSON.stringify(order('a1', { currency: undefined })), 'missing_field', 'data/currency'],
    ['another tenant', JSON.stringify(order('a1', {}, { tenant: 'demo' })), 'tenant_mismatch', 'tenant'],
    ['a wrong currency', JSON.stringify(order('a1', { currency: 'XQQ' })), 'bad_currency', 'data/currency'],
    [
      'a __proto__ key',
      JSON.stringify(order('a1')).replace('"status"', '"__proto__":{"test":true},"status"'),
      'unknown_field',
      'data/__proto__',
    ],
    [
      'a constructor key',
      JSON.stringify(order('a1')).replace('"status"', '"constructor":{},"status"'),
      'unknown_field',
      'data/constructor',
    ],
    [
      'nesting of 100,000',
      JSON.stringify(order('a1')).replace('"status"', `"lines":${deep(100_000)},"status"`),
      'invalid_field',
      'data/lines',
    ],
    ['a line of 2 MB', JSON.stringify(order('a1', { landing_page: 'x'.repeat(2_000_000) })), 'event_too_large'],
  ]
  it.each(cases)('%s', async (_, text, code, path) => {
    for (const [body, headers] of [
      [`[${text}]`, {}],
      [text, NDJSON],
    ] as const) {
      const answer = await post(body, headers)
      expect(answer.statusCode).toBe(422)
      const [rejected] = answer.json().rejected
      expect(rejected).toMatchObject({ index: 0, code, ...(path === undefined ? {} : { path }) })
      expect(rejected.reason).not.toBe('')
    }
    expect(door.events()).toEqual([])
    expect((await post([order('good')])).json().accepted).toBe(1)
    expect(({} as { test?: boolean }).test).toBeUndefined()
  })

  it('never answers with a piece of a line that it could not read', async () => {
    const answer = await post('{"personal":{"email":"ann@example.com"},,', NDJSON)
    expect(answer.body).not.toContain('ann@')
    const json = await post('[{"email":"ann@example.com"}{"email":', {})
    expect([json.statusCode, json.body.includes('ann@')]).toEqual([400, false])
  })

  it('takes the lines around one that is too large, and nothing in its place', async () => {
    const large = JSON.stringify(order('large', { note: 'x'.repeat(1_100_000) }))
    const answer = await post(`${lines(order('before'))}\n{"id":\n${large}\n${lines(order('behind'))}`, NDJSON)
    expect(answer.json()).toMatchObject({
      accepted: 2,
      rejected: [{ code: 'invalid_json' }, { code: 'event_too_large' }],
    })
    expect(door.events()).toHaveLength(2)
  })

  it('refuses bytes that are no UTF-8, line by line', async () => {
    const bad = Buffer.concat([
      Buffer.from('{"id":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}\n'),
      Buffer.from(lines(order('ok'))),
    ])
    const answer = await post(bad, NDJSON)
    expect(answer.json()).toMatchObject({
      accepted: 1,
      rejected: [{ index: 0, code: 'invalid_json', reason: 'not UTF-8' }],
    })
    expect((await post(bad)).json()).toMatchObject({ status: 400, code: 'invalid_json' })
  })
})

it('refuses of a large body only the event that is nested too deeply to be written again', async () => {
  const deep = `${'['.repeat(600_000)}${']'.repeat(600_000)}`
  const answer = await post(`[${JSON.stringify(order('a1'))},${deep},${JSON.stringify(order('a2'))}]`)
  expect([answer.statusCode, answer.json()]).toMatchObject([
    202,
    {
      accepted: 2,
      rejected: [{ index: 1, code: 'invalid_event', reason: expect.stringContaining('within more than') }],
    },
  ])
})

describe('whole requests that it refuses', () => {
  const refused: [string, Payload, Record<string, string | undefined>, number, string][] = [
    ['JSON cut off', '[{"id":"a1"', {}, 400, 'invalid_json'],
    ['NaN in an array', '[{"id":NaN}]', {}, 400, 'invalid_json'],
    ['lines sent as JSON', lines(order('a'), order('b')), {}, 400, 'invalid_json'],
    ['an empty body', '', {}, 400, 'invalid_json'],
    ['no key', [], { authorization: undefined }, 401, 'unauthorized'],
    ['a wrong key', [], { authorization: 'Bearer omk_x' }, 401, 'unauthorized'],
    ['another scheme', [], { authorization: 'Basic abc' }, 401, 'unauthorized'],
    ['a body of 6 MB', 'x'.repeat(6_000_000), {}, 413, 'body_too_large'],
    ['a line of 10 MB', JSON.stringify(order('x'.repeat(10_000_000))), NDJSON, 413, 'body_too_large'],
    ['a bomb', gzipSync(Buffer.alloc(300_000_000)), { 'content-encoding': 'gzip' }, 413, 'body_too_large'],
    ['50,001 events', `[${'1,'.repeat(50_000)}1]`, {}, 413, 'too_many_events'],
    ['50,001 lines', '1\n'.repeat(50_001), NDJSON, 413, 'too_many_events'],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
    ['an unknown encoding', 'x', { 'content-encoding': 'lzma' }, 415, 'unsupported_media_type'],
    ['what is not gzip', 'hello', { 'content-encoding': 'gzip' }, 400, 'bad_request'],
    ['gzip cut off', gzipSync('[1,2,3]').subarray(0, 12), { 'content-encoding': 'gzip' }, 400, 'bad_request'],
  ]
  it.each(refused)('%s', async (_, payload, headers, status, code) => {
    const answer = await post(payload, headers)
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json()).toMatchObject({ type: `urn:omnify:error:${code}`, status, code, detail: expect.any(String) })
    expect(door.events()).toEqual([])
  })

  it.each([
    ['log_slow', 429, 'log_slow'],
    ['log_full', 503, 'log_full'],
    ['log_unavailable', 503, 'log_unavailable'],
    ['log_closed', 503, 'not_ready'],
  ] as const)('says when to come again: %s', async (failure, status, code) => {
    door.log.fail(failure)
    const answer = await post([order('a1')])
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    door.log.fail(undefined)
    expect((await post([order('a1')])).json().accepted).toBe(1)
    expect(door.events()).toHaveLength(1)
  })

  it('takes nothing below 5 % of free disk, and goes on when there is room again', async () => {
    free = 0.049
    const answer = await post([order('a1')])
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'log_full'])
    expect(answer.headers['retry-after']).toBeDefined()
    free = 0.051
    expect((await post([order('a1')])).statusCode).toBe(202)
  })

  it('answers 429 when too much is waiting for the log', async () => {
    const gate = Promise.withResolvers<void>()
    door.log.hold(gate.promise)
    const big = (id: string) => JSON.stringify([order(id)]).padEnd(5_000_000)
    const waiting = [post(big('a1')), post(big('a2'))]
    await expect.poll(() => door.log.all('events').length).toBe(2)
    const refusedOne = await post(big('a3'))
    expect([refusedOne.statusCode, refusedOne.headers['retry-after']]).toEqual([429, '1'])
    expect((await Promise.race([post([order('a4')]), new Promise((r) => setTimeout(r, 100, 'waits'))])) as string).toBe(
      'waits',
    )
    gate.resolve()
    for (const answer of await Promise.all(waiting)) expect(answer.statusCode).toBe(202)
    expect((await post(big('a3'))).statusCode).toBe(202)
  })

  it('answers 202 only when the log has it', async () => {
    const gate = Promise.withResolvers<void>()
    door.log.hold(gate.promise)
    const answering = post([order('a1')])
    expect(await Promise.race([answering, new Promise((resolve) => setTimeout(resolve, 100, 'waits'))])).toBe('waits')
    gate.resolve()
    expect((await answering).statusCode).toBe(202)
  })
})

describe('over a socket', () => {
  it('tells a sender of too much why, although it never stopped sending', async () => {
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const sending = httpRequest({
      port,
      agent: false,
      host: '127.0.0.1',
      path: '/v1/events',
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    })
    const answered = once(sending, 'response')
    // The server hangs up after its answer; what is still being written then fails, which is what it is for.
    sending.on('error', () => {})
    for (let n = 0; n < 12; n += 1) sending.write(Buffer.alloc(1_000_000, 0x20))
    sending.end()
    const [response] = await answered
    expect(response.statusCode).toBe(413)
    response.resume()
  })

  it('takes nothing of a body that breaks off', async () => {
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const sending = httpRequest({
      port,
      agent: false,
      host: '127.0.0.1',
      path: '/v1/events',
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    })
    sending.on('error', () => {})
    sending.write(`${lines(order('a1'))}\n{"id":`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    sending.destroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(door.events()).toEqual([])
    expect((await post([order('a1')])).json()).toEqual({ accepted: 1, duplicate: 0, rejected: [] })
  })
})

describe('what one tenant may send', () => {
  it('is told in headers, and passing it turns him away and nobody else', async () => {
    const first = await post([order('a1'), order('a2'), { id: 'bad' }])
    expect(first.headers).toMatchObject({
      'ratelimit-policy': expect.stringContaining('"events";q=60000;qu="events";w=60'),
      ratelimit: expect.stringMatching(/"requests";r=99;t=\d+, "events";r=59997;t=\d+, "concurrent";r=19$/),
    })
    for (let i = 0; i < 99; i++) expect((await post([])).statusCode).toBe(202)
    const refused = await post(order('a3'))
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'rate_limited'])
    expect(refused.headers).toMatchObject({
      'retry-after': expect.stringMatching(/^\d+$/),
      ratelimit: expect.stringContaining('"requests";r=0'),
    })
    expect(door.events()).toHaveLength(2)
    const other = (await door.tenants.add({ name: 'other', currency: 'EUR', zone: 'UTC' })).key
    expect((await post(order('a3'), { authorization: `Bearer ${other}` })).statusCode).toBe(202)
  })
})
