import { DAY_MS } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import { AGES_H, type Maturity, partKnown } from './core/maturity.ts'

/**
 * Learns from its own restatements how complete a platform's hours are by their age: rows of the second week before an
 * instant, as they were known when they were young against as they are known today. Only rows that were first seen
 * within hours count: what was imported later was never young.
 */
export async function readMaturity(store: Store, tenant: string, now_ms: number): Promise<Maturity> {
  const names = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]
  const known = names.flatMap((name) =>
    AGES_H.map(
      (age, n) =>
        `toFloat64(argMaxIf(${COLUMNS[name]}, (occurred_at, _offset), occurred_at < closed + INTERVAL ${age} HOUR)) AS ${name}_${n}`,
    ),
  )
  const today = names.map((name) => `toFloat64(argMax(${COLUMNS[name]}, (occurred_at, _offset))) AS ${name}_now`)
  const sums = names.flatMap((name) => [...AGES_H.map((_, n) => `sum(${name}_${n})`), `sum(${name}_now)`])
  const day = Math.floor(now_ms / DAY_MS)
  const rows = await store.query<[string, ...number[]]>(
    `SELECT platform, ${sums.join(', ')} FROM
       (SELECT platform, ${[...known, ...today].join(', ')}
        FROM (SELECT *, assumeNotNull(hour_start) + INTERVAL 1 HOUR AS closed FROM fact_delivery
          WHERE tenant = {tenant:String} AND day BETWEEN toDate({first:UInt16}) AND toDate({last:UInt16}) AND hour_start IS NOT NULL)
        GROUP BY platform, id_hash, closed
        HAVING min(occurred_at) < closed + INTERVAL ${AGES_H[0]} HOUR)
     GROUP BY platform ORDER BY platform
     SETTINGS max_threads = 1, max_block_size = 8192, max_rows_to_group_by = ${ROWS_MAX}, group_by_overflow_mode = 'any'`,
    { tenant, first: Math.max(0, day - OLDEST_DAYS), last: Math.max(0, day - YOUNGEST_DAYS) },
    { format: 'JSONCompactEachRow' },
  )
  return new Map(
    rows.map(([platform, ...sums]) => {
      const parts = names.map((name, at) => {
        const own = sums
          .slice(at * (AGES_H.length + 1), (at + 1) * (AGES_H.length + 1))
          .map((sum) => Number(sum) / UNITS[name])
        return [name, own.slice(0, -1).map((then) => partKnown(then, own.at(-1)!))] as const
      })
      return [platform, Object.fromEntries(parts)]
    }),
  )
}

const COLUMNS = {
  impressions: 'impressions',
  clicks: 'clicks',
  spend: 'spend_micros',
  conversions: 'conversions_micros',
} as const
/** Of a count in its column; money in whole units, as it is judged. */
const UNITS = { impressions: 1, clicks: 1, spend: 1e6, conversions: 1e6 } as const
/** Days ago: young enough for how the platform is now, old enough that nearly all of them is known. */
const OLDEST_DAYS = 11
const YOUNGEST_DAYS = 8
/** As many rows tell as much as all, and take some tens of megabytes; the looks at each of them are all read. */
const ROWS_MAX = 20_000
