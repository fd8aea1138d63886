import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { systemRandomBytes } from '../../../pipelines/clock.ts'
import type { Store } from '../../../pipelines/store/client.ts'
import type { Tenants } from '../../../pipelines/tenants/port.ts'
import { queryApi } from '../../../query-api/api.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'
import { openMemoryLog } from '../../support/memory-log.ts'
import { emptyStore } from '../../support/store-double.ts'

it('a client that goes away takes its statement with it', async () => {
  const asked = Promise.withResolvers<void>()
  const stopped = Promise.withResolvers<string | undefined>()
  const store: Store = {
    ...emptyStore,
    query: (sql, _params, options) =>
      sql.includes('windows_')
        ? new Promise((_resolve, reject) => {
            asked.resolve()
            options!.signal!.addEventListener('abort', () => {
              stopped.resolve(options!.query_id)
              reject(new Error('stopped'))
            })
          })
        : Promise.resolve([]),
  }
  const app = Fastify()
  await queryApi(app, {
    store,
    connect: () => store,
    log: openMemoryLog(),
    tenants: {
      authenticate: async () => ({ tenant: { name: 't', currency: 'USD', zone: 'UTC' }, scopes: ALL_SCOPES }),
    } as unknown as Tenants,
    clock: () => 0,
    randomBytes: systemRandomBytes,
    registry: new Registry(),
    groups: [],
    ready: async () => [],
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const client = request({ port, path: '/v1/metrics?measures=orders', headers: { authorization: 'Bearer k' } })
  client.on('error', () => {}).end()
  await asked.promise
  client.destroy()
  expect(await stopped.promise).toMatch(/^[0-9a-f]{24}/)
  await app.close()
})
