import { join } from 'node:path'
import type { Settings } from '../pipelines/store/client.ts'
import { createGate, type Gate, PASSED_MAX } from '../query-api/sql/gate/gate.ts'
import { Refusal } from '../query-api/sql/gate/refusal.ts'
import { engineLimits } from '../query-api/sql/limits.ts'
import { SQL_VIEWS } from '../schemas/sql/views.ts'
import type { Benchmark } from './benchmark.ts'
import { median, percentile, rounded } from './support/statistics.ts'
import { openFreshStore, sayingLogger } from './support/stores.ts'

/** What the gate of SQL adds to a statement, with one client and an engine that does nothing else. */
export const gate: Benchmark = {
  name: 'gate',
  about:
    'the gate of `/v1/sql`, one statement after the other on an idle store: texts that it has not seen before, the ' +
    'same ones again, and attacks',
  sizes: { runs: 30 },
  smoke: { runs: 1 },
  goals: [{ figure: 'p99_ms', at_most: 2 }],
  shows: ['p50_ms', 'max_ms', 'again_p99_ms', 'refused_p99_ms'],
  async run(bench) {
    const fresh = await openFreshStore(join(bench.dir, 'store'), sayingLogger(bench.say))
    bench.cleanup.use(fresh)
    const gate = createGate(fresh.store, new Set(SQL_VIEWS.map(({ name }) => name)))
    // With the settings that `/v1/sql` gives it.
    const walls = { gate, settings: await engineLimits(fresh.store) }
    const count = bench.size('runs') * TEXTS_A_RUN
    // The engine's words are asked for once, and code is compiled: neither is what a statement costs.
    await timed(walls, textsOf(HONEST, TEXTS_A_RUN, 'warm'), 'passes')
    bench.say(`${count} texts, then the same again, then attacks`)
    const texts = textsOf(HONEST, count, 'new')
    const trips: number[] = []
    const trip = async () => {
      const before = performance.now()
      await fresh.store.query(SMALLEST_LISTING, {}, { settings: { readonly: 2, max_threads: 1 } })
      trips.push(performance.now() - before)
    }
    const first = await timed(walls, texts, 'passes', trip)
    const again = await timed(walls, texts.slice(-PASSED_MAX), 'passes')
    const refused = await timed(walls, textsOf(HOSTILE, count, 'bad'), 'is refused')
    return {
      statements: texts.length,
      p50_ms: rounded(median(first), 2),
      p99_ms: rounded(percentile(first, 99), 2),
      max_ms: rounded(percentile(first, 100), 2),
      again_p99_ms: rounded(percentile(again, 99), 3),
      refused_p99_ms: rounded(percentile(refused, 99), 2),
      trip_p50_ms: rounded(median(trips), 2),
      trip_p99_ms: rounded(percentile(trips, 99), 2),
    }
  },
}

/**
 * @param between  what is done before each check, and is not counted
 * @returns how long each check took, in ms
 */
async function timed(
  { gate, settings }: Walls,
  texts: readonly string[],
  expected: 'passes' | 'is refused',
  between?: () => Promise<void>,
): Promise<number[]> {
  const took: number[] = []
  for (const text of texts) {
    await between?.()
    const before = performance.now()
    const verdict = await gate.check(text, PARAMS, { settings }).then(
      () => 'passes',
      (error: unknown) => {
        if (error instanceof Refusal) return 'is refused'
        throw error
      },
    )
    took.push(performance.now() - before)
    if (verdict !== expected) throw new Error(`the gate is wrong: this ${verdict}: ${text}`)
  }
  return took
}

type Walls = { readonly gate: Gate; readonly settings: Settings }

/** `count` texts of which no two are the same. */
function textsOf(questions: readonly string[], count: number, mark: string): string[] {
  return Array.from({ length: count }, (_, n) => questions[n % questions.length]!.replaceAll('$', `${mark}${n}`))
}

const TEXTS_A_RUN = 100
/** The way to the store and back: what a check cannot go below, and what the machine makes of it meanwhile. */
const SMALLEST_LISTING = 'EXPLAIN QUERY TREE run_passes = 0 SELECT 1'
const PARAMS = { day: '2026-01-01', least: 5 }

const HONEST: readonly string[] = [
  "SELECT count() FROM orders WHERE order_id != '$'",
  "SELECT day, sum(total_micros) / 1e6 AS revenue, '$' AS run FROM orders WHERE day >= {day:Date} GROUP BY day ORDER BY day",
  "SELECT o.platform, count() FROM orders AS o LEFT JOIN refunds AS r USING (order_id) WHERE o.source != '$' GROUP BY o.platform",
  "WITH firsts AS (SELECT customer_id, min(day) AS first FROM orders WHERE source != '$' GROUP BY customer_id) SELECT first, count() FROM firsts GROUP BY first",
  "SELECT customer_id, total_micros, sum(total_micros) OVER (PARTITION BY customer_id ORDER BY ordered_at) AS so_far FROM orders WHERE order_id != '$'",
  "SELECT quantiles(0.5, 0.9)(total_micros), uniqExact(customer_id) FROM orders WHERE total_micros > {least:Int64} AND source != '$'",
  "SELECT arrayMap(x -> x * 2, groupArray(total_micros)) FROM orders WHERE source != '$' GROUP BY platform WITH TOTALS",
  "SELECT CASE WHEN total_micros > 1000000 THEN 'large' ELSE 'small' END AS size, count() FROM orders WHERE source NOT IN ('$', 'x') GROUP BY size",
]

const HOSTILE: readonly string[] = [
  "SELECT file('/etc/passwd'), '$'",
  "SELECT * FROM system.tables WHERE name = '$'",
  "SELECT arrayMap(file, ['$'])",
  "SELECT 1 WHERE '$' = '' SETTINGS readonly = 0",
  "INSERT INTO orders SELECT '$'",
]
