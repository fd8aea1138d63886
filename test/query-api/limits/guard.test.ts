import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import type { Store } from '../../../pipelines/store/client.ts'
import type { Tenants } from '../../../pipelines/tenants/port.ts'
import { makeGuard } from '../../../query-api/limits/guard.ts'
import { shedUnderPressure } from '../../../query-api/limits/pressure.ts'
import { limitAddresses } from '../../../query-api/limits/sizes.ts'
import { questionBudgets } from '../../../query-api/limits/tenant-limits.ts'
import { authenticate } from '../../../query-api/routes/authenticate.ts'
import { answerFailures } from '../../../query-api/routes/failures.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'
import { emptyStore } from '../../support/store-double.ts'

const tenants = {
  authenticate: async (key: string) => ({
    tenant: { name: key, currency: 'USD', zone: 'UTC' },
    key_id: key,
    scopes: ALL_SCOPES,
  }),
} as unknown as Tenants
const limits = { concurrent: 2, requests: 4, rows: 1_000, cpu_seconds: 10 }
let app: FastifyInstance
/** Requests that were let into the route that holds them. */
let inside = 0
afterEach(async () => {
  app.server.closeAllConnections()
  await app.close()
})

/** A store whose statements read 600 rows each, after a moment. */
const store: Store = {
  ...emptyStore,
  query: async (_sql, _params, options) => {
    await new Promise((resolve) => setTimeout(resolve, 1))
    options?.onCost?.({ rows_read: 600, cpu_seconds: 0.25 })
    return []
  },
}

function open(more: (app: FastifyInstance) => void = () => {}) {
  app = Fastify()
  answerFailures(app)
  const guard = makeGuard(
    questionBudgets(limits, () => 0),
    () => 0,
  )
  guard.protect(app)
  const metered = guard.metered(store)
  const held = Promise.withResolvers<void>()
  inside = 0
  app.get('/v1/held', async (call) => {
    await authenticate(tenants, call, 'metrics:read')
    inside += 1
    await held.promise
    return {}
  })
  app.post('/v1/read', async (call) => {
    await authenticate(tenants, call, 'metrics:read')
    await metered.query('SELECT 1')
    return {}
  })
  app.get('/livez', async () => ({}))
  more(app)
  return held
}

const ask = async (url: string, key = 'a', method: 'GET' | 'POST' = 'GET') =>
  app.inject({
    url,
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(method === 'POST' ? { payload: {} } : {}),
  })

describe('the guard of the query API', () => {
  it('turns a tenant away at his limit with 429, what is left, and when to come again', async () => {
    const held = open()
    const waiting = [ask('/v1/held'), ask('/v1/held')]
    await expect.poll(() => inside).toBe(2)
    const refused = await ask('/v1/held')
    expect(refused.json()).toMatchObject({ code: 'rate_limited', status: 429 })
    expect(refused.headers).toMatchObject({
      'retry-after': '1',
      ratelimit: expect.stringContaining('"concurrent";r=0'),
    })
    expect((await app.inject('/livez')).headers).not.toHaveProperty('ratelimit')
    held.resolve()
    expect((await Promise.all(waiting)).map(({ statusCode }) => statusCode)).toEqual([200, 200])
    expect((await ask('/v1/held')).headers.ratelimit).toContain('"requests";r=1;t=60')
    expect((await ask('/v1/held', 'b')).headers.ratelimit).toContain('"requests";r=3;t=60')
  })

  it('charges what the store did to whose request it was, also where two are answered at once', async () => {
    open()
    const answers = await Promise.all([ask('/v1/read', 'a', 'POST'), ask('/v1/read', 'b', 'POST')])
    for (const { headers } of answers) expect(headers.ratelimit).toContain('"rows-read";r=400;t=60, "cpu";r=9;t=60')
    expect((await ask('/v1/read', 'a', 'POST')).statusCode).toBe(200)
    const refused = await ask('/v1/read', 'a', 'POST')
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '60'])
    expect(refused.json().detail).toContain('rows read')
    expect((await ask('/v1/read', 'b', 'POST')).statusCode).toBe(200)
  })

  it('gives the place of a client back that went away', async () => {
    open()
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const leave = () => {
      const client = request({ port, path: '/v1/held', headers: { authorization: 'Bearer a' } })
      client.on('error', () => {}).end()
      return client
    }
    const clients = [leave(), leave()]
    await expect.poll(() => inside).toBe(2)
    expect((await ask('/v1/held')).statusCode).toBe(429)
    for (const client of clients) client.destroy()
    // Until then further ones are turned away, and do not get inside.
    await expect
      .poll(() => {
        leave().on('response', (answer) => answer.resume())
        return inside
      })
      .toBeGreaterThan(2)
  })

  it('keeps no place for a client that went away while its key was looked up', async () => {
    const found = Promise.withResolvers<void>()
    let [asking, gone] = [0, 0]
    open((one) =>
      one.get('/v1/slow', async (call, reply) => {
        asking += 1
        reply.raw.once('close', () => {
          gone += 1
        })
        await found.promise
        await authenticate(tenants, call, 'metrics:read')
        inside += 1
        return {}
      }),
    )
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const clients = [1, 2].map(() =>
      request({ port, path: '/v1/slow', headers: { authorization: 'Bearer a' } })
        .on('error', () => {})
        .end(),
    )
    await expect.poll(() => asking).toBe(2)
    for (const client of clients) client.destroy()
    await expect.poll(() => gone).toBe(2)
    found.resolve()
    await expect.poll(() => inside).toBe(2)
    expect((await ask('/v1/read', 'a', 'POST')).statusCode).toBe(200)
  })

  it('refuses an address that is too long', async () => {
    open((one) => limitAddresses(one))
    const answer = await app.inject(`/livez?${'x'.repeat(9_000)}`)
    expect([answer.statusCode, answer.json().code]).toEqual([414, 'url_too_long'])
  })

  it('sheds questions, and not health, while the thread is late', async () => {
    open((one) => shedUnderPressure(one, { delay_ms_max: 5, requests_max: 100 }))
    await app.listen({ port: 0, host: '127.0.0.1' })
    const busy = setInterval(() => {
      const until = performance.now() + 60
      while (performance.now() < until);
    }, 65)
    await expect.poll(async () => (await ask('/v1/read', 'z', 'POST')).statusCode).toBe(503)
    const shed = await ask('/v1/held')
    clearInterval(busy)
    expect(shed.json()).toMatchObject({ code: 'overloaded' })
    expect(Number(shed.headers['retry-after'])).toBeGreaterThan(0)
    expect((await app.inject('/livez')).statusCode).toBe(200)
  })

  it('sheds questions above a number of them', async () => {
    const held = open((one) => shedUnderPressure(one, { delay_ms_max: 60_000, requests_max: 1 }))
    const waiting = ask('/v1/held', 'p')
    await expect.poll(() => inside).toBe(1)
    expect((await ask('/v1/held', 'q')).statusCode).toBe(503)
    held.resolve()
    await waiting
    await expect.poll(async () => (await ask('/v1/held', 'q')).statusCode).toBe(200)
  })
})
