import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from '../benchmark.ts'
import { importTruth, makeImportFile } from '../make-import-file.ts'
import { type RunningEngine, startEngine, startOmnify } from './engine-process.ts'
import { getJson, openClient } from './http.ts'

/**
 * A running engine with the events of the import file, through the front door: what is measured afterwards is what an
 * import leaves behind.
 *
 * @throws Error where its sums are not those of the file
 */
export async function startFilledEngine(
  bench: Bench,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningEngine> {
  const home = join(bench.dir, 'home')
  const engine = await startEngine(bench, home, env)
  const events = bench.size('events')
  const file = join(bench.dir, 'events.ndjson')
  bench.say(`writing ${events} events`)
  await makeImportFile({ events, form: 'ndjson', out: file })
  bench.say('importing them')
  await startOmnify(bench, home, ['import', file, '--mapping', 'events', '--tenant', 'demo']).done
  await rm(file)
  const client = openClient(engine.url, engine.key)
  const { rows } = await getJson<{ rows: { orders: number; impressions: number }[] }>(
    client,
    '/v1/metrics?measures=orders,impressions&to=2026-01-01',
  )
  client.close()
  const { impressions, orders } = importTruth(events)
  if (rows[0]?.orders !== orders || BigInt(rows[0].impressions) !== impressions) {
    throw new Error(
      `after the import there are ${JSON.stringify(rows)}, not ${orders} orders, ${impressions} impressions`,
    )
  }
  return engine
}
