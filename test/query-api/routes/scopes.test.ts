import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPERATIONS } from '../../../query-api/contract/list.ts'
import type { Operation } from '../../../query-api/contract/operation.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'
import { type Door, openDoor } from '../../support/door.ts'
import { openRooms } from '../support/rooms.ts'

/** Every operation of the contract, which has every route, against every kind of key. */

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
  state.app = await openRooms(door)
})
afterAll(async () => {
  await state.app?.close()
  await state.door?.close()
})

/** 401 and 403 as they are, anything else is `open`. The head of an answer says it: an event stream goes on for ever. */
async function tried({ method, path, example }: Operation, key: string | undefined): Promise<number | 'open'> {
  const url = path.replaceAll(/:(\w+)/g, (_all, name: string) => example.path?.[name] ?? 'none')
  const gone = new AbortController()
  const { statusCode } = await state.app!.inject({
    method,
    url,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    ...(method === 'GET' || method === 'DELETE' ? {} : { payload: {} }),
    signal: gone.signal,
    payloadAsStream: true,
  })
  gone.abort()
  return statusCode === 401 || statusCode === 403 ? statusCode : 'open'
}

describe('every operation', () => {
  it.each(OPERATIONS.map((one) => [`${one.method} ${one.path}`, one.opened_by, one] as const))(
    '%s is opened by %s, and by nothing else',
    async (_route, opener, operation) => {
      const seen: Record<string, number | string> = {
        nobody: await tried(operation, undefined),
        wrong: await tried(operation, 'omk_wrong'),
      }
      for (const [name, key] of keys) seen[name] = await tried(operation, key)
      const closed = opener === 'anybody' ? 'open' : 401
      const expected: Record<string, number | string> = {
        ...{ nobody: closed, wrong: closed, revoked: closed, expired: closed },
        none: opener === 'anybody' ? 'open' : opener === 'signature' ? 401 : 403,
      }
      for (const name of ['all', ...ALL_SCOPES])
        expected[name] =
          opener === 'signature' ? 401 : opener === 'anybody' || name === 'all' || name === opener ? 'open' : 403
      expect(seen).toEqual(expected)
    },
  )
})
