import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../pipelines/clock.ts'
import { acceptTokens } from '../../../pipelines/tenants/tokens/accept.ts'
import {
  AUDIENCE,
  ISSUER,
  type Issuer,
  openIssuer,
  type SigningKey,
  sign,
  signingKey,
} from '../../pipelines/tenants/tokens/issuer.ts'
import { type Door, openDoor, order } from '../../support/door.ts'
import { openRooms } from '../support/rooms.ts'

const state: { app?: FastifyInstance; door?: Door; issuer?: Issuer; key?: SigningKey } = {}

beforeAll(async () => {
  const [door, issuer, key] = await Promise.all([openDoor(), openIssuer(), signingKey('first')])
  issuer.publish([key.jwk])
  await door.tenants.add({ name: 'acme', currency: 'USD', zone: 'UTC' })
  const tenants = acceptTokens(
    door.tenants,
    {
      jwks_url: issuer.url,
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ['ES256'],
      tenant_claim: 'tenant',
      scopes_claim: 'scope',
    },
    { onTrouble: () => {} },
  )
  Object.assign(state, { door, issuer, key, app: await openRooms(door, { tenants }) })
})
afterAll(async () => {
  await state.app?.close()
  await state.door?.close()
  await state.issuer?.close()
})

const ROUTES = [
  { scope: 'metrics:read', method: 'GET', url: '/v1/metrics?measures=orders' },
  { scope: 'metrics:read', method: 'GET', url: '/v1/status' },
  { scope: 'events:write', method: 'POST', url: '/v1/events' },
] as const

async function call({ method, url }: (typeof ROUTES)[number], token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const payload = method === 'POST' ? { payload: [order('o1')] } : {}
  return (await state.app!.inject({ method, url, headers, ...payload })).statusCode
}

describe('tokens on the routes', () => {
  it.each(ROUTES)('open $method $url with the scope $scope and not without', async (route) => {
    const now = systemClock()
    expect(await call(route, await sign(state.key!, now, { scope: route.scope }))).toBeLessThan(300)
    expect(await call(route, await sign(state.key!, now, { scope: 'world:write' }))).toBe(403)
    expect(await call(route, await sign(state.key!, now, { scope: route.scope, aud: 'other' }))).toBe(401)
  })

  it('rotate under 200 requests a second without one that is refused', async () => {
    const { issuer } = state
    let signer = state.key!
    const answers: Promise<number>[] = []
    const began = systemClock()
    const rotations = [
      // As it should be done: both keys are published for a while; and as it is done: the new one takes the old one's place.
      { at_ms: 400, publish: (next: SigningKey) => issuer!.publish([state.key!.jwk, next.jwk]) },
      { at_ms: 1_700, publish: (next: SigningKey) => issuer!.publish([next.jwk]) },
    ]
    for (let sent = 0; sent < 600; sent += 1) {
      const due_ms = sent * 5
      const wait_ms = due_ms - (systemClock() - began)
      if (wait_ms > 0) await delay(wait_ms)
      if (rotations[0] !== undefined && due_ms >= rotations[0].at_ms) {
        const next = await signingKey(`rotated at ${due_ms}`)
        rotations.shift()!.publish(next)
        signer = next
      }
      const token = await sign(signer, systemClock(), { jti: String(sent), scope: 'metrics:read events:write' })
      answers.push(call(ROUTES[sent % ROUTES.length]!, token))
    }
    const codes = (await Promise.all(answers)).map((code) => (code < 300 ? 'served' : code))
    expect(new Set(codes)).toEqual(new Set(['served']))
    expect(codes).toHaveLength(600)
    expect(rotations).toHaveLength(0)
  })

  it('are neither right nor wrong while the issuer has never answered', async () => {
    const { door, issuer, key } = state
    issuer!.publish('away')
    const tenants = acceptTokens(
      door!.tenants,
      {
        jwks_url: issuer!.url,
        issuer: ISSUER,
        audience: AUDIENCE,
        algorithms: ['ES256'],
        tenant_claim: 'tenant',
        scopes_claim: 'scope',
      },
      { onTrouble: () => {} },
    )
    const app = await openRooms(door!, { tenants })
    const headers = { authorization: `Bearer ${await sign(key!, systemClock())}` }
    for (const request of [{ url: '/v1/status' }, { url: '/v1/events', method: 'POST' as const }]) {
      const answer = await app.inject({ ...request, headers })
      expect([answer.statusCode, answer.json().code]).toEqual([503, 'identity_unavailable'])
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    }
    await app.close()
  })
})
