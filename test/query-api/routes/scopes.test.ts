import Fastify, { type FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collector } from '../../../ingest/collector/collector.ts'
import { shopifyWebhooks } from '../../../ingest/shopify/webhooks.ts'
import { systemRandomBytes } from '../../../pipelines/clock.ts'
import { queryApi } from '../../../query-api/api.ts'
import { ALL_SCOPES, type Scope } from '../../../schemas/scopes.ts'
import { type Door, NOW_MS, openDoor } from '../../support/door.ts'
import { emptyStore } from '../../support/store-double.ts'

/** Every route of both rooms, and what opens it. A route that is not here fails the test: somebody must decide. */
const OPENED_BY: Readonly<Record<string, Scope | 'anybody' | 'signature'>> = {
  'GET /livez': 'anybody',
  'GET /readyz': 'anybody',
  'GET /startupz': 'anybody',
  'GET /metrics': 'anybody',
  'GET /v1/schemas': 'anybody',
  'GET /v1/status': 'metrics:read',
  'GET /v1/metrics': 'metrics:read',
  'POST /v1/metrics': 'metrics:read',
  'GET /v1/changes': 'metrics:read',
  'POST /v1/sql': 'sql:read',
  'GET /v1/alerts': 'alerts:read',
  'GET /v1/alerts/:id': 'alerts:read',
  'GET /v1/alerts/stream': 'alerts:read',
  'POST /v1/alerts/tickets': 'alerts:read',
  'POST /v1/alerts/:id/acknowledge': 'alerts:write',
  'POST /v1/alerts/:id/snooze': 'alerts:write',
  'POST /v1/alerts/:id/mute': 'alerts:write',
  'POST /v1/alerts/:id/feedback': 'alerts:write',
  'GET /v1/webhooks': 'webhooks:write',
  'POST /v1/webhooks': 'webhooks:write',
  'GET /v1/webhooks/:id': 'webhooks:write',
  'PATCH /v1/webhooks/:id': 'webhooks:write',
  'DELETE /v1/webhooks/:id': 'webhooks:write',
  'POST /v1/webhooks/:id/rotate-secret': 'webhooks:write',
  'POST /v1/webhooks/:id/replay': 'webhooks:write',
  'POST /v1/webhooks/:id/test': 'webhooks:write',
  'GET /v1/webhooks/:id/deliveries': 'webhooks:write',
  'POST /v1/webhooks/:id/deliveries/:message/replay': 'webhooks:write',
  'POST /v1/events': 'events:write',
  'POST /v1/webhooks/shopify/:tenant': 'signature',
}

const routes: string[] = []
const keys = new Map<string, string>()
const state: { app?: FastifyInstance; door?: Door } = {}

beforeAll(async () => {
  const door = await openDoor()
  state.door = door
  for (const name of ['acme', 'other']) await door.tenants.add({ name, currency: 'USD', zone: 'UTC' })
  for (const scope of ALL_SCOPES) keys.set(scope, (await door.tenants.keys.create('acme', [scope])).key)
  keys.set('all', (await door.tenants.keys.create('acme', ALL_SCOPES)).key)
  keys.set('none', (await door.tenants.keys.create('acme', [])).key)
  const revoked = await door.tenants.keys.create('acme', ALL_SCOPES)
  await door.tenants.keys.revoke(revoked.id)
  keys.set('revoked', revoked.key)
  keys.set('expired', (await door.tenants.keys.create('acme', ALL_SCOPES, 1)).key)

  const app = Fastify()
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') routes.push(`${one} ${url}`)
  })
  const { acceptor, log, tenants } = door
  const diskFree = async () => 1
  await app.register(collector, { acceptor, tenants, diskFree })
  await app.register(shopifyWebhooks, {
    acceptor,
    rejecter: async () => [],
    tenants,
    secret: 'secret',
    diskFree,
  } as never)
  await app.register(queryApi, {
    store: emptyStore,
    connect: () => emptyStore,
    log,
    tenants,
    clock: () => NOW_MS,
    randomBytes: systemRandomBytes,
    registry: new Registry(),
    webhooks: { vault: async () => door.vault, allow: [], resolve: async () => [] },
    groups: [],
    ready: async () => [],
  })
  await app.ready()
  state.app = app
})
afterAll(async () => {
  await state.app?.close()
  await state.door?.close()
})

async function status(route: string, key: string | undefined): Promise<number> {
  const [method, url] = route.split(' ') as ['GET' | 'POST' | 'PATCH' | 'DELETE', string]
  const answer = await state.app!.inject({
    method,
    url: url.replace(':tenant', 'acme'),
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    ...(method === 'POST' || method === 'PATCH' ? { payload: {} } : {}),
  })
  return answer.statusCode
}

describe('every route', () => {
  it('has its scope', () => {
    expect(routes.toSorted()).toEqual(Object.keys(OPENED_BY).toSorted())
  })

  it.each(Object.entries(OPENED_BY))('%s is opened by %s, and by nothing else', async (route, opener) => {
    const shut = async (key: string | undefined) => {
      const code = await status(route, key)
      return code === 401 || code === 403 ? code : 'open'
    }
    const seen: Record<string, number | string> = { nobody: await shut(undefined), wrong: await shut('omk_wrong') }
    for (const [name, key] of keys) seen[name] = await shut(key)
    const closed = opener === 'anybody' ? 'open' : 401
    const expected: Record<string, number | string> = {
      ...{ nobody: closed, wrong: closed, revoked: closed, expired: closed },
      none: opener === 'anybody' ? 'open' : opener === 'signature' ? 401 : 403,
    }
    for (const name of ['all', ...ALL_SCOPES])
      expected[name] =
        opener === 'signature' ? 401 : opener === 'anybody' || name === 'all' || name === opener ? 'open' : 403
    expect(seen).toEqual(expected)
  })
})
