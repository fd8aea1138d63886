import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { Registry } from 'prom-client'
import { collector } from '../../../ingest/collector/collector.ts'
import { shopifyWebhooks } from '../../../ingest/shopify/webhooks.ts'
import { systemRandomBytes } from '../../../pipelines/clock.ts'
import type { Store } from '../../../pipelines/store/client.ts'
import type { Tenants } from '../../../pipelines/tenants/port.ts'
import { queryApi } from '../../../query-api/api.ts'
import type { QueryDeps } from '../../../query-api/deps.ts'
import { type Door, NOW_MS } from '../../support/door.ts'
import { emptyStore } from '../../support/store-double.ts'

export type RoomsOptions = {
  readonly tenants?: Tenants
  readonly store?: Store
  readonly deps?: Partial<QueryDeps>
  readonly server?: FastifyServerOptions
  /** `METHOD /path` of every route, as they are added. */
  readonly routes?: string[]
  /** Done to the app before it has routes. */
  readonly before?: (app: FastifyInstance) => Promise<void>
}

/** The routes of both rooms, ingestion and query API, on one app over a door, as an engine has them. */
export async function openRooms(door: Door, options: RoomsOptions = {}): Promise<FastifyInstance> {
  const { deps, routes, server, store = emptyStore, tenants = door.tenants } = options
  const { acceptor, log } = door
  const app = Fastify(server)
  await options.before?.(app)
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') routes?.push(`${one} ${url}`)
  })
  const diskFree = async () => 1
  await app.register(collector, { acceptor, tenants, diskFree })
  const rejecter = { reject: async () => undefined } as never
  await app.register(shopifyWebhooks, { acceptor, rejecter, tenants, secret: 'secret', diskFree })
  await app.register(queryApi, {
    store,
    connect: () => store,
    log,
    tenants,
    clock: () => NOW_MS,
    randomBytes: systemRandomBytes,
    registry: new Registry(),
    webhooks: { vault: async () => door.vault, allow: [], resolve: async () => [] },
    groups: [],
    ready: async () => [],
    ...deps,
  })
  await app.ready()
  return app
}
