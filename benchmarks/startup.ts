import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createWorld, type World } from '../ingest/world/world.ts'
import type { Bench, Benchmark } from './benchmark.ts'
import { startEngine } from './support/engine-process.ts'
import { getJson, openClient } from './support/http.ts'
import { moneyMicros } from './support/money-micros.ts'
import { median, rounded } from './support/statistics.ts'

/** `npm start` for the first time: from the start of the process to the first right answer, history included. */
export const startup: Benchmark = {
  name: 'startup',
  about: 'fresh home: from the start of `omnify up` to the first right answer of `/v1/metrics`, all history loaded',
  sizes: { runs: 3, world: 0 },
  // A made-up world of 31,000 events; the known one has 485,000.
  smoke: { runs: 1, world: 7 },
  goals: [{ figure: 'seconds', at_most: 20 }],
  shows: ['rows_compared'],
  async run(bench) {
    const name = bench.size('world') === 0 ? 'known-answer' : bench.size('world')
    bench.say('working out the truth of the world')
    const truth = settledTruth(createWorld(name))
    const runs: { seconds: number; ready_s: number }[] = []
    for (let run = 1; run <= bench.size('runs'); run++) {
      const one = await startOnce(bench, join(bench.dir, `home-${run}`), String(name), truth)
      bench.say(`run ${run}: right after ${one.seconds} s`)
      runs.push(one)
    }
    return { seconds: median(runs.map(({ seconds }) => seconds)), rows_compared: truth.size, runs }
  },
}

type Row = {
  readonly day: string
  readonly platform: string | null
  readonly currency: string
  readonly impressions: number | null
  readonly spend: string | null
  readonly orders: number | null
  readonly revenue: string | null
}

/**
 * What each day, platform and currency must show when the history is loaded. Live time begins at once and restates the
 * last weeks, so only what no later delivery changes is compared: nine rows in ten.
 */
function settledTruth(world: World): ReadonlyMap<string, string> {
  const by = ['day', 'platform', 'currency'] as const
  const { days, first_day } = world.spec
  const sums = (known_at_ms?: number) => {
    const rows = world.truthBy(by, {
      last_day: first_day + days,
      ...(known_at_ms === undefined ? {} : { known_at_ms }),
    })
    return new Map(
      rows.map((row) => [
        keyOf(row),
        numbersOf(row.impressions, row.spend_micros, row.orders, row.gross_micros - row.refunds_micros),
      ]),
    )
  }
  const at_last = sums()
  return new Map([...sums(world.end_ms)].filter(([key, numbers]) => at_last.get(key) === numbers))
}

async function startOnce(bench: Bench, home: string, world: string, truth: ReadonlyMap<string, string>) {
  const engine = await startEngine(bench, home, { OMNIFY_WORLD: world })
  const ready_s = (performance.now() - engine.started_ms) / 1000
  const client = openClient(engine.url, engine.key)
  try {
    const { rows } = await getJson<{ rows: Row[] }>(client, QUESTION)
    const seconds = (performance.now() - engine.started_ms) / 1000
    const answer = new Map(
      rows.map((row) => [
        keyOf(row),
        numbersOf(row.impressions ?? 0, moneyMicros(row.spend), row.orders ?? 0, moneyMicros(row.revenue)),
      ]),
    )
    for (const [key, numbers] of truth) {
      if (answer.get(key) !== numbers) throw new Error(`${key} must be ${numbers}, the engine says ${answer.get(key)}`)
    }
    return { seconds: rounded(seconds, 2), ready_s: rounded(ready_s, 2) }
  } finally {
    client.close()
    await engine.stop()
    // What this run wrote must not be on its way to the disk while the next one starts.
    await rm(home, { recursive: true })
  }
}

const QUESTION = '/v1/metrics?measures=impressions,spend,orders,revenue&dimensions=day,platform&to=2026-01-01'

function keyOf(row: { readonly day: string; readonly platform: string | null; readonly currency: string }): string {
  return `${row.day} ${row.platform ?? 'organic'} ${row.currency}`
}

function numbersOf(impressions: number, spend_micros: number, orders: number, revenue_micros: number): string {
  return `${impressions} impressions, ${spend_micros} spent, ${orders} orders, ${revenue_micros} revenue (micros)`
}
