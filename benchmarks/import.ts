import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Benchmark } from './benchmark.ts'
import { importTruth, makeImportFile } from './make-import-file.ts'
import { startEngine, startOmnify } from './support/engine-process.ts'
import { getJson, openClient } from './support/http.ts'
import { moneyMicros } from './support/money-micros.ts'
import { rounded } from './support/statistics.ts'
import { storePidOf, watchUsage } from './support/usage.ts'

/** A backfill: `omnify import` of a large file into a fresh home. */
export const importing: Benchmark = {
  name: 'import',
  about: 'fresh home: `omnify import` of ad-delivery and order events, engine start and stop included',
  sizes: { events: 5_000_000 },
  smoke: { events: 2_000 },
  goals: [
    { figure: 'seconds', at_most: 60 },
    { figure: 'rss_peak_mb_engine', at_most: 600 },
    { figure: 'rss_peak_mb_store', at_most: 2_048 },
  ],
  shows: ['events_per_s', 'cpu_s_engine', 'cpu_s_store'],
  async run(bench) {
    const events = bench.size('events')
    const file = join(bench.dir, 'events.ndjson')
    bench.say(`writing ${events} events`)
    const { bytes } = await makeImportFile({ events, form: 'ndjson', out: file })

    bench.say(`importing ${Math.round(bytes / 1e6)} MB`)
    const home = join(bench.dir, 'home')
    const omnify = startOmnify(bench, home, ['import', file, '--mapping', 'events', '--tenant', 'demo'])
    const engine = watchUsage(async () => omnify.pid, { whole: true })
    const store = watchUsage(() => storePidOf(omnify.pid), { whole: true })
    const { stdout } = await omnify.done
    const seconds = (performance.now() - omnify.started_ms) / 1000
    const [used, used_store] = [engine.stop(), store.stop()]
    const counts = JSON.parse(stdout.trim().split('\n').at(-1)!) as { read: number; accepted: number }
    if (counts.read !== events || counts.accepted !== events) throw new Error(`not all was imported: ${stdout}`)
    await rm(file)

    bench.say(`${seconds.toFixed(1)} s; comparing the daily metrics with the truth`)
    const days = await checkMetrics(bench, home, events)
    return {
      events,
      bytes,
      seconds: rounded(seconds, 2),
      events_per_s: Math.round(events / seconds),
      rss_peak_mb_engine: used.rss_peak_mb,
      rss_peak_mb_store: used_store.rss_peak_mb,
      cpu_s_engine: used.cpu_s,
      cpu_s_store: used_store.cpu_s,
      days_compared: days,
    }
  },
}

type Row = {
  readonly impressions: number | null
  readonly spend: string | null
  readonly orders: number | null
  readonly revenue: string | null
}

/** Adds up all days as the engine answers them. @throws Error where a sum is not exactly the truth */
async function checkMetrics(bench: Bench, home: string, events: number): Promise<number> {
  const engine = await startEngine(bench, home)
  const client = openClient(engine.url, engine.key)
  try {
    const { rows } = await getJson<{ rows: Row[] }>(
      client,
      '/v1/metrics?measures=impressions,spend,orders,revenue&dimensions=day',
    )
    const sum = (value: (row: Row) => number) => rows.reduce((total, row) => total + BigInt(value(row)), 0n)
    const truth = importTruth(events)
    const answer = {
      impressions: sum((row) => row.impressions ?? 0),
      spend_micros: sum((row) => moneyMicros(row.spend)),
      orders: Number(sum((row) => row.orders ?? 0)),
      revenue_micros: sum((row) => moneyMicros(row.revenue)),
    }
    for (const [name, value] of Object.entries(answer)) {
      const wanted = truth[name as keyof typeof answer]
      if (value !== wanted) throw new Error(`${name} is ${value} after the import, must be ${wanted}`)
    }
    return rows.length
  } finally {
    client.close()
    await engine.stop()
  }
}
