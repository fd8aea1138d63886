import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type RunningEngine, useProcesses } from '../support/running-engine.ts'
import { order } from './support/events.ts'

const SECRET = 'shop-secret'

// Whatever is sent, the engine says what is wrong with it, takes the rest, and goes on.
describe('bad input to a running engine', () => {
  const processes = useProcesses()
  let engine: RunningEngine
  beforeAll(async () => {
    engine = await processes.engine({ env: { OMNIFY_SHOPIFY_WEBHOOK_SECRET: SECRET } })
  })

  const authorized = (headers: Record<string, string> = {}) => ({ authorization: `Bearer ${engine.key}`, ...headers })
  const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    engine.fetch('/v1/events', { method: 'POST', headers: authorized(headers), body })
  const JSON_TYPE = { 'content-type': 'application/json' }
  const LINES = { 'content-type': 'application/x-ndjson' }

  describe('refused as a whole', () => {
    it.each([
      ['malformed JSON', 400, 'invalid_json', '[{"id":', JSON_TYPE],
      ['JSON that is not UTF-8', 400, 'invalid_json', new Uint8Array([0x5b, 0xff, 0x5d]), JSON_TYPE],
      ['a body over 5 MB', 413, 'body_too_large', '['.padEnd(6_000_000), JSON_TYPE],
      ['a line of 10 MB', 413, 'body_too_large', `"${'x'.repeat(10_000_000)}"\n`, LINES],
      ['too many events', 413, 'too_many_events', `${'{}\n'.repeat(50_001)}`, LINES],
      ['another content type', 415, 'unsupported_media_type', '<a/>', { 'content-type': 'text/xml' }],
      ['gzip that is none', 400, 'bad_request', '[]', { ...JSON_TYPE, 'content-encoding': 'gzip' }],
    ])('%s: %i %s', async (_what, status, code, body, headers) => {
      const answer = await send(body, headers)
      expect({ status: answer.status, ...answer.json() }).toMatchObject({ status, code })
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
      expect(answer.json().detail).not.toBe('')
    })

    it.each([
      ['no key', {}],
      ['a wrong key', { authorization: 'Bearer omk_wrong' }],
      ['another scheme', { authorization: 'Basic b21rOm9taw==' }],
    ])('%s: 401', async (_what, headers) => {
      const answer = await engine.fetch('/v1/events', {
        method: 'POST',
        headers: headers as Record<string, string>,
        body: '[]',
      })
      expect({ status: answer.status, ...answer.json() }).toMatchObject({ status: 401, code: 'unauthorized' })
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    })
  })

  it('takes the good of a batch, and gives each of the others its reason', async () => {
    const bad: [string, string, unknown][] = [
      ['unknown_type', 'type', order('x', {}, { type: 'order.dreamt' })],
      ['unsupported_version', 'version', order('x', {}, { version: 99 })],
      ['missing_field', 'id', { ...order('x'), id: undefined }],
      ['money_out_of_range', 'data/total', order('x', { total: 1e308 })],
      ['money_out_of_range', 'data/total', order('x', { total: '4611686018427.387904' })],
      ['time_out_of_range', 'occurred_at', order('x', {}, { occurred_at: '1970-01-01T00:00:00Z' })],
      ['time_out_of_range', 'occurred_at', order('x', {}, { occurred_at: '2199-01-01T00:00:00Z' })],
      ['time_out_of_range', 'data/ordered_at', order('x', { ordered_at: '1970-01-01T00:00:00Z' })],
      ['control_character', 'id', order('x\u0000y')],
      ['control_character', 'data/customer', order('x', { customer: 'a\u001bb' })],
      ['tenant_mismatch', 'tenant', order('x', {}, { tenant: 'somebody' })],
      ['unknown_field', 'data/totl', order('x', { totl: '1' })],
      ['invalid_event', '', 'not an event'],
    ]
    const batch = [order('batch-first'), ...bad.map(([, , event]) => event), order('batch-last')]
    const answer = await engine.post(batch)
    expect(answer.status).toBe(202)
    const { accepted, duplicate, rejected } = answer.json()
    expect({ accepted, duplicate }).toEqual({ accepted: 2, duplicate: 0 })
    expect(rejected.map((r: { code: string; path: string }) => [r.code, r.path])).toEqual(
      bad.map(([code, path]) => [code, path]),
    )
    expect(rejected.map((r: { index: number }) => r.index)).toEqual(bad.map((_, n) => n + 1))
    for (const { reason } of rejected) expect(reason).not.toBe('')
  })

  it('says 422 when nothing of a batch is any good', async () => {
    expect((await engine.post([order('y', {}, { version: 99 })])).status).toBe(422)
  })

  it('does not take NaN or Infinity, which JSON has no word for', async () => {
    for (const word of ['NaN', 'Infinity', '-Infinity']) {
      const line = JSON.stringify(order('nan', { total: 0 })).replace('"total":0', `"total":${word}`)
      const answer = await send(`${line}\n${JSON.stringify(order(`beside-${word}`))}\n`, LINES)
      expect(answer.json()).toMatchObject({ accepted: 1, rejected: [{ index: 0, code: 'invalid_json' }] })
      const text = await engine.post([order('nan', { total: word })])
      expect(text.json()).toMatchObject({ rejected: [{ path: 'data/total' }] })
    }
  })

  it('loses of a stream of lines only the bad ones, also one of more than a megabyte', async () => {
    const large = JSON.stringify(order('large', { note: 'x'.repeat(1_100_000) }))
    const answer = await send(`{"id":\n${large}\n\n${JSON.stringify(order('lines-good'))}\n`, LINES)
    expect(answer.status).toBe(202)
    expect(answer.json()).toMatchObject({
      accepted: 1,
      rejected: [
        { index: 0, code: 'invalid_json', path: 'line 1' },
        { index: 1, code: 'event_too_large', path: 'line 2' },
      ],
    })
  })

  it('takes a same id with other content as a newer observation of an order, whatever the order of arrival', async () => {
    const at = (minute: number) => `2026-01-15T10:${minute}:00Z`
    const day = { ordered_at: '2026-01-14T10:00:00Z' }
    const versions = [
      order('edited', { ...day, total: '20.00' }, { occurred_at: at(20) }),
      order('edited', { ...day, total: '30.00' }, { occurred_at: at(30) }),
      order('edited', { ...day, total: '10.00' }, { occurred_at: at(10) }),
    ]
    for (const version of versions) expect((await engine.post([version])).json()).toMatchObject({ accepted: 1 })
    expect((await engine.post(versions)).json()).toMatchObject({ accepted: 0, duplicate: 3 })
    await engine.caughtUp()
    const rows = await engine.metrics({
      measures: ['orders', 'revenue'],
      grain: 'day',
      from: '2026-01-14',
      to: '2026-01-15',
    })
    expect(rows).toMatchObject([{ day: '2026-01-14', orders: 1, revenue: '30.00' }])
  })

  it('keeps a same id with other content of a touch as a dead letter', async () => {
    const touch = (channel: string) => ({
      id: 'touch-1',
      source: 'web',
      type: 'touch.recorded',
      occurred_at: '2026-01-15T10:00:00Z',
      data: { kind: 'click', platform: channel },
    })
    const before = (await engine.status()).pipelines[0]
    expect((await engine.post([touch('meta')])).json()).toMatchObject({ accepted: 1, rejected: [] })
    expect((await engine.post([touch('tiktok')])).status).toBe(202)
    await engine.caughtUp()
    const after = (await engine.status()).pipelines[0]
    expect(after.failed_events).toBe(before.failed_events + 1)
    expect(after.rows.fact_touches).toBe(before.rows.fact_touches + 1)
  })

  describe('Shopify webhooks', () => {
    const body = JSON.stringify({ id: 1, name: '#1', created_at: '2026-01-10T10:00:00Z' })
    const webhook = (headers: Record<string, string>, tenant = 'demo', text = body) =>
      engine.fetch(`/v1/webhooks/shopify/${tenant}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-shopify-topic': 'orders/create', ...headers },
        body: text,
      })
    const signed = (text = body, secret = SECRET) => ({
      'x-shopify-hmac-sha256': createHmac('sha256', secret).update(text).digest('base64'),
    })

    it.each([
      ['no signature', {}],
      ['a signature with another secret', signed(body, 'other')],
      ['a signature of another body', signed(`${body} `)],
      ['something that is no signature', { 'x-shopify-hmac-sha256': 'deadbeef' }],
    ])('are refused with %s', async (_what, headers) => {
      const answer = await webhook(headers as Record<string, string>)
      expect({ status: answer.status, ...answer.json() }).toMatchObject({ status: 401, code: 'bad_hmac' })
    })

    it('of no tenant are not found', async () => {
      expect((await webhook(signed(), 'nobody')).status).toBe(404)
    })

    it('that are signed but cannot be read become one dead letter, however often they come', async () => {
      const before = (await engine.status()).pipelines[0].failed_events
      const text = '{"id": nothing'
      for (let n = 0; n < 3; n++) expect((await webhook(signed(text), 'demo', text)).status).toBe(422)
      await engine.caughtUp()
      expect((await engine.status()).pipelines[0].failed_events).toBe(before + 1)
    })
  })

  it('loses of an imported file only the bad lines, also one of 10 MB, and counts them all', async () => {
    const file = join(engine.home, 'orders.ndjson')
    const line = (id: string, data = {}) => JSON.stringify(order(id, data))
    const lines = [
      line('import-first'),
      line('x', { note: 'x'.repeat(10_000_000) }),
      '{"id":',
      line('x\u0007y'),
      line('x', { total: 1e308 }),
      line('import-last'),
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    const mapping = join(engine.home, 'events.json')
    await writeFile(
      mapping,
      JSON.stringify({ name: 'events', about: 'ready events', format: 'ndjson', envelope: true }),
    )
    const imported = await processes.run(engine.home, ['import', file, '--mapping', mapping])
    expect(JSON.parse(imported.out)).toEqual({ read: 6, accepted: 2, duplicate: 0, rejected: 4, orphaned: 0 })
    for (const code of ['event_too_large', 'invalid_json', 'control_character', 'money_out_of_range'])
      expect(imported.err).toContain(code)
  })

  it('has in the end exactly what it accepted', async () => {
    await engine.caughtUp()
    const rows = await engine.metrics({ measures: ['orders'] })
    // Two of the batch, three beside NaN, one of the lines, the edited one, two of the file.
    expect(rows).toEqual([{ orders: 9 }])
    expect(engine.err()).not.toMatch(/error/i)
  })
})
