import type { AddressInfo } from 'node:net'
import { systemClock, systemRandomBytes } from '../../pipelines/clock.ts'
import type { Logger } from '../../pipelines/runner/options.ts'
import { connectStore } from '../../pipelines/store/client.ts'
import { createBiServer } from '../../query-api/clickhouse/server.ts'
import type { Engine } from './engine.ts'
import type { Places } from './places.ts'
import { tellWithoutData } from './tell-without-data.ts'

/** The port that BI tools connect to as to a ClickHouse server. */
export type Bi = { readonly url: string; close(): Promise<void> }

/** @throws Error when the port is taken */
export async function startBi(engine: Engine, { budgets, slots }: Places, logger: Logger): Promise<Bi> {
  const { config, store, tenants } = engine
  const { close, server } = createBiServer({
    store,
    connect: (database) => connectStore({ ...engine.openStore.access, database }),
    tenants,
    slots,
    clock: systemClock,
    randomBytes: systemRandomBytes,
    budgets,
    onMistake: (error) => logger.error(`the ClickHouse endpoint: ${tellWithoutData(error)}`),
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.clickhousePort, config.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address() as AddressInfo
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return { url: `http://${host}:${address.port}`, close }
}
