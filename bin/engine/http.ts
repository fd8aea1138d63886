import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { collector } from '../../ingest/collector/collector.ts'
import type { Logger } from '../../pipelines/runner/options.ts'
import type { Engine } from './engine.ts'
import type { WorldFeed } from './world.ts'

export type Http = {
  readonly url: string
  readonly address: { readonly host: string; readonly port: number }
  close(): Promise<void>
}

/** The collector and the query API on one port. */
export async function startHttp(
  engine: Engine,
  parts: { readonly feed: WorldFeed | undefined; readonly logger: Logger },
): Promise<Http> {
  const app = Fastify({ logger: false, bodyLimit: 6_000_000 })
  const { acceptor, config, tenants } = engine
  await app.register(collector, { acceptor, tenants, diskFree: () => engine.diskFree() })
  await app.listen({ host: config.host, port: config.port })
  const address = app.server.address() as AddressInfo
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${host}:${address.port}`,
    address: { host: address.address, port: address.port },
    close: () => app.close(),
  }
}
