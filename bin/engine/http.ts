import type { AddressInfo } from 'node:net'
import { collector } from '../../ingest/collector/collector.ts'
import { shopifyWebhooks } from '../../ingest/shopify/webhooks.ts'
import { systemClock, systemRandomBytes } from '../../pipelines/clock.ts'
import type { Logger } from '../../pipelines/runner/options.ts'
import { connectStore } from '../../pipelines/store/client.ts'
import { systemResolve } from '../../pipelines/webhooks/resolve.ts'
import { queryApi } from '../../query-api/api.ts'
import { secureBrowsers } from '../../query-api/limits/browser.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { adminRoutes, adminSecret } from './admin.ts'
import { readCursorKey } from './cursor-key.ts'
import { type Engine, FACTS_GROUP, type Role } from './engine.ts'
import { DISK_FREE_RATIO_MIN } from './log.ts'
import type { Places } from './places.ts'
import { openServer } from './server.ts'
import type { Telemetry } from './telemetry.ts'
import type { WorldFeed } from './world.ts'

export type Http = {
  readonly url: string
  readonly address: { readonly host: string; readonly port: number }
  close(): Promise<void>
}

export type HttpParts = {
  readonly roles: readonly Role[]
  readonly feed: WorldFeed | undefined
  readonly logger: Logger
  readonly telemetry: Telemetry
  readonly places: Places
  /** What is still being started, in words. */
  readonly starting: () => readonly string[]
}

/** The collector and the query API on one port, as far as the roles of this process ask for them. */
export async function startHttp(
  engine: Engine,
  { feed, logger, places, roles, starting, telemetry }: HttpParts,
): Promise<Http> {
  const app = openServer(logger)
  await secureBrowsers(app)
  const { acceptor, config, log, rejecter, store, tenants } = engine
  telemetry.watch({
    log,
    group: FACTS_GROUP,
    diskFree: () => engine.diskFree(),
    storeRestarts: () => engine.openStore.embedded?.restarts() ?? 0,
  })
  const diskFree = () => engine.diskFree()
  if (roles.includes('ingest')) {
    await app.register(collector, {
      acceptor,
      tenants,
      diskFree,
      onCounted: (counts) => telemetry.counted(counts),
    })
    await app.register(shopifyWebhooks, {
      acceptor,
      rejecter,
      tenants,
      secret: config.shopifyWebhookSecret,
      diskFree,
    })
    await app.register(adminRoutes, { engine, feed, logger, secret: await adminSecret(config.home) })
  }
  await app.register(queryApi, {
    store,
    connect: (database) => connectStore({ ...engine.openStore.access, database }),
    log,
    tenants,
    clock: systemClock,
    randomBytes: systemRandomBytes,
    cursor_key: await readCursorKey(config.keyFile),
    ...places,
    registry: telemetry.registry,
    webhooks: { vault: async () => engine.vault, allow: config.webhookAllow, resolve: systemResolve() },
    groups: [{ pipeline: 'facts', group: FACTS_GROUP, topic: TOPICS.events.name }],
    ready: async () => [...starting(), ...(await problemsOf(engine))],
  })
  await app.listen({ host: config.host, port: config.port })
  const address = app.server.address() as AddressInfo
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${host}:${address.port}`,
    address: { host: address.address, port: address.port },
    close: () => app.close(),
  }
}

/** Why the engine cannot take or answer anything right now. */
async function problemsOf(engine: Engine): Promise<string[]> {
  const problems: string[] = []
  const free = await engine.diskFree()
  if (free < DISK_FREE_RATIO_MIN) {
    problems.push(`only ${(free * 100).toFixed(1)} % of the log's disk are free: the collector takes nothing below 5 %`)
  }
  try {
    await engine.store.ping()
  } catch (error) {
    problems.push(`the store does not answer: ${error instanceof Error ? error.message : String(error)}`)
  }
  return problems
}
