import { drawPoisson } from '../../models/math/draw.ts'
import { type Random, seeded } from '../../models/math/random.ts'
import { type Looking, ticksOf } from '../../pipelines/detect/advance.ts'
import { follow } from '../../pipelines/detect/core/follow.ts'
import { NO_MATURITY } from '../../pipelines/detect/core/maturity.ts'
import { SINGLES } from '../../pipelines/detect/core/series.ts'
import { newTenantState } from '../../pipelines/detect/core/state.ts'
import { judge } from '../../pipelines/detect/core/tick.ts'
import type { Row } from '../../pipelines/detect/rows.ts'
import { HOUR_MS } from '../../schemas/zone.ts'

const GROUP = 'meta'
const CAMPAIGNS = 300
/**
 * Two weeks until series are tested, one in which they are and the compiler sees what it is about, and one that is
 * measured: an engine that judges a platform's hours has done so for longer. Of a smaller run, what there is.
 */
const HOURS = 672
const MEASURED = 168
const BEGIN_MS = Date.UTC(2025, 5, 2)

/**
 * Points a second of processor time through all of the path, on one core: the rows of an hour summed by scope, every series
 * expected, tested, decided and learnt, and incidents carried on. A point is one bucket of one series.
 *
 * @param points about as many as are put through it
 */
export function wholePath(points: number) {
  const campaigns = Math.max(5, Math.min(CAMPAIGNS, Math.round(points / HOURS / METRICS)))
  const random = seeded(41)
  const means = Array.from({ length: campaigns }, () => 5 * 100 ** random())
  const state = newTenantState()
  const sources = {
    groups: new Map([[GROUP, { sources: [GROUP], zone: 'UTC' }]]),
    holidays: new Set<number>(),
    maturity: NO_MATURITY,
  }
  const looking: Looking = { state, sources, expected: [] }
  const hours = Array.from({ length: HOURS }, (_, hour) => {
    const start_ms = BEGIN_MS + hour * HOUR_MS
    const busy = 1 + 0.6 * Math.sin(hour / 3.82)
    return { start_ms, rows: means.map((mean, n) => rowOf(start_ms, n, mean * busy, random)) }
  })
  const pass = (some: typeof hours): number => {
    let points = 0
    for (const { rows, start_ms } of some) {
      for (const tick of ticksOf(looking, GROUP, start_ms, () => rows, 0)) follow(state, tick, judge(state, tick))
      points += state.book.places.size
    }
    return points
  }
  pass(hours.slice(0, -MEASURED))
  const begun = process.cpuUsage()
  const through = pass(hours.slice(-MEASURED))
  const { system, user } = process.cpuUsage(begun)
  return {
    path_series: state.book.places.size,
    path_points_per_cpu_s: Math.round((through * 1e6) / (user + system)),
    path_state_bytes: 4 * SINGLES,
  }
}

/** Impressions, clicks, conversions, spend and report rows. */
const METRICS = 5

function rowOf(start_ms: number, n: number, clicks: number, random: Random): Row {
  const clicked = drawPoisson(random, clicks)
  const bought = drawPoisson(random, clicks / 20)
  return {
    start_ms,
    platform: GROUP,
    account: 'a',
    campaign: `campaign ${n}`,
    slice: 'ad|country',
    currency: 'USD',
    rows: 1,
    impressions: drawPoisson(random, 50 * clicks),
    clicks: clicked,
    spend: clicked,
    conversions: bought,
    claimed: 90 * bought,
    orders: 0,
    gross: 0,
  }
}
