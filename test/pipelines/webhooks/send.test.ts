import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it } from 'vitest'
import { steadyClock, systemClock } from '../../../pipelines/clock.ts'
import { type Sender, sendMessage } from '../../../pipelines/webhooks/send.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const servers: Server[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))))

async function listen(handler: RequestListener): Promise<number> {
  const server = createServer(handler)
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return (server.address() as AddressInfo).port
}

function send(url: string, sender: Partial<Sender> = {}) {
  const base: Sender = { clock: systemClock, steady: steadyClock, resolve: async () => ['127.0.0.1'], allow: [] }
  const message = { id: 'alr_1_1', body: '{"a":"ä"}' }
  return sendMessage({ ...base, ...sender }, { url, secrets: [SECRET] }, message, 1, new AbortController().signal)
}

describe('sending', () => {
  it('posts what the receiver can verify, to the address that was judged, under the name', async () => {
    const seen: unknown[] = []
    const port = await listen(async (request, response) => {
      const body = await text(request)
      seen.push(new Webhook(SECRET).verify(body, request.headers as Record<string, string>), request.headers.host)
      response.writeHead(204).end()
    })
    const host = `receiver.test:${port}`
    let asked = 0
    const resolve = async () => [['127.0.0.1'], ['127.0.0.9']][asked++]!
    const sent = await send(`http://${host}/hook?x=1`, { allow: [host], resolve })
    expect(sent).toMatchObject({ outcome: 'delivered', status: 204 })
    expect(seen).toEqual([{ a: 'ä' }, host])
    expect(asked).toBe(1)
  })

  it('refuses loopback that the operator has not named, however it is written, and asks nobody', async () => {
    let requests = 0
    const port = await listen((_request, response) => {
      requests++
      response.end()
    })
    for (const host of ['127.0.0.1', 'localhost.test', '[::ffff:127.0.0.1]', '2130706433']) {
      const sent = await send(`https://${host}:${port}/`)
      expect(sent).toMatchObject({ outcome: 'failed', status: 0, detail: expect.stringMatching(/^refused: /) })
    }
    expect(requests).toBe(0)
  })

  it.each([
    [302, 'failed', /^a redirect/],
    [410, 'gone', /bye/],
    [500, 'failed', /bye/],
    [429, 'failed', /bye/],
  ])('takes %i as %s', async (status, outcome, detail) => {
    let requests = 0
    const port = await listen((_request, response) => {
      requests++
      response.writeHead(status, { location: '/again', 'retry-after': '7' }).end('bye')
    })
    const sent = await send(`http://127.0.0.1:${port}/`, { allow: [`127.0.0.1:${port}`] })
    expect(sent).toMatchObject({ outcome, status, detail: expect.stringMatching(detail) })
    expect(sent.retry_after_ms).toBeGreaterThan(6_000)
    expect(requests).toBe(1)
  })

  it('waits no longer than it may, and reads no more than it may', async () => {
    const silent = await listen(() => undefined)
    const endless = await listen((_request, response) => {
      const more = () => response.write(Buffer.alloc(65_536, 'x'), () => setImmediate(more))
      more()
      response.on('error', () => undefined)
    })
    const allow = [`127.0.0.1:${silent}`, `127.0.0.1:${endless}`]
    // Each has room in what it is not about.
    const posted = (port: number, timeout_ms: number) =>
      send(`http://127.0.0.1:${port}/`, { allow, limits: { timeout_ms, answer_bytes_max: 100 } })
    const [a, b] = await Promise.all([posted(silent, 300), posted(endless, 60_000)])
    expect(a).toMatchObject({ outcome: 'failed', detail: 'no answer in time' })
    expect(b).toMatchObject({ outcome: 'delivered', detail: 'x'.repeat(100) })
  })

  it('tells of a receiver that is not there', async () => {
    const sent = await send('http://127.0.0.1:9/', { allow: ['127.0.0.1:9'] })
    expect(sent).toMatchObject({ outcome: 'failed', status: 0, detail: expect.stringContaining('ECONNREFUSED') })
  })
})
