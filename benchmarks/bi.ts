import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { systemClock, systemRandomBytes } from '../pipelines/clock.ts'
import { connectStore } from '../pipelines/store/client.ts'
import type { Caller } from '../pipelines/tenants/port.ts'
import { createBiServer } from '../query-api/clickhouse/server.ts'
import { sqlSlots } from '../query-api/sql/sql.ts'
import { ALL_SCOPES } from '../schemas/scopes.ts'
import type { Benchmark } from './benchmark.ts'
import { openAsker } from './bi/asker.ts'
import { median, rounded } from './support/statistics.ts'
import { openFreshStore, sayingLogger } from './support/stores.ts'

/** What the ClickHouse endpoint adds to what the store itself takes for the same answer. */
export const bi: Benchmark = {
  name: 'bi',
  about:
    'the port for BI tools against the store behind it, asked in turn by one client in a thread of its own: an answer of ' +
    'one row, and one of many megabytes, also in packed blocks',
  sizes: { runs: 200 },
  smoke: { runs: 1 },
  goals: [
    { figure: 'added_ms', at_most: 5 },
    { figure: 'added_ms_per_mb', at_most: 1 },
  ],
  shows: ['store_ms', 'store_ms_per_mb', 'added_ms_per_mb_blocks'],
  async run(bench) {
    const fresh = await openFreshStore(join(bench.dir, 'store'), sayingLogger(bench.say))
    bench.cleanup.use(fresh)
    const { close, server } = createBiServer({
      store: fresh.store,
      connect: (database) => connectStore({ ...fresh.access, database }),
      tenants: { authenticate },
      clock: systemClock,
      randomBytes: systemRandomBytes,
      slots: sqlSlots(),
      onMistake: (error) => bench.say(String(error)),
    })
    bench.cleanup.defer(close)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { password, url: store, user } = fresh.access
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const ask = openAsker({ store: `${user}:${password}`, endpoint: 'bench:key' })
    bench.cleanup.defer(ask.close)

    const runs = bench.size('runs')
    // Before code is compiled and views are made nothing is measured.
    const warm = Math.min(3, runs)
    const times = async (path: string, sql: string, count: number) => {
      const took = { store: [] as number[], endpoint: [] as number[], bytes: 0 }
      for (let n = 0; n < count + warm; n++) {
        const own = await ask.ask('store', `${store}${path.replace('compress=1', '')}`, sql)
        const through = await ask.ask('endpoint', `${endpoint}${path}`, sql)
        if (!path.includes('compress=1') && own.bytes !== through.bytes)
          throw new Error(`the store sent ${own.bytes} bytes, the endpoint ${through.bytes}`)
        took.bytes = own.bytes
        if (n < warm) continue
        took.store.push(own.ms)
        took.endpoint.push(through.ms)
      }
      return { store: median(took.store), endpoint: median(took.endpoint), mb: took.bytes / 1e6 }
    }
    const small = await times('/?default_format=RowBinary', 'SELECT 1', runs)
    bench.say('answers of many megabytes')
    const large = await times('/?default_format=RowBinary', MANY, Math.ceil(runs / 20))
    const blocks = await times('/?default_format=RowBinary&compress=1', MANY, Math.ceil(runs / 20))
    const added = small.endpoint - small.store
    const perMb = ({ endpoint, mb, store }: typeof large) => rounded((endpoint - store - added) / mb, 2)
    return {
      megabytes: rounded(large.mb),
      store_ms: rounded(small.store, 2),
      added_ms: rounded(added, 2),
      store_ms_per_mb: rounded(large.store / large.mb, 2),
      added_ms_per_mb: perMb(large),
      added_ms_per_mb_blocks: perMb(blocks),
    }
  },
}

/** About 20 MB. */
const MANY =
  "SELECT number AS n, repeat('abcdefgh', 5) AS s, toString(cityHash64(number)) AS h FROM (SELECT arrayJoin(range(300000)) AS number)"

async function authenticate(): Promise<Caller | undefined> {
  return { tenant: { name: 'bench', currency: 'USD', zone: 'UTC' }, key_id: 'bench', scopes: ALL_SCOPES }
}
