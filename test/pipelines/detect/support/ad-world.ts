import { drawPoisson } from '../../../../models/math/draw.ts'
import { seeded } from '../../../../models/math/random.ts'
import type { Tick } from '../../../../pipelines/detect/core/closed-bucket.ts'
import { follow, type Happening } from '../../../../pipelines/detect/core/follow.ts'
import type { Incident } from '../../../../pipelines/detect/core/incident.ts'
import { COMMERCE, scopeKey } from '../../../../pipelines/detect/core/scope.ts'
import { newTenantState, type TenantState } from '../../../../pipelines/detect/core/state.ts'
import { judge } from '../../../../pipelines/detect/core/tick.ts'
import { HOUR_MS } from '../../../../schemas/zone.ts'

/** Monday, 2025-09-01. */
export const BEGIN_MS = Date.UTC(2025, 8, 1)
const PLATFORMS = { meta: 900, google: 600, tiktok: 400 } as const
const SHARES = [0.6, 0.4]

/** What is the matter, by hour since the beginning: factors on people who are shown ads, on what the pixel sees, on the shop. */
export type Matter = { readonly platform?: string; readonly from: number; readonly to: number } & Partial<
  Record<'volume' | 'pixel' | 'site' | 'reported', number>
>

/** Ticks of a small business: three platforms of two campaigns each, and a shop. Poisson counts, days and weekends. */
export function adWorld(seed: number, hours: number, matters: readonly Matter[] = []): Tick[] {
  const random = seeded(seed)
  return Array.from({ length: hours }, (_, hour) => {
    const now = matters.filter(({ from, to }) => hour >= from && hour < to)
    const factor = (what: 'volume' | 'pixel' | 'site' | 'reported', platform?: string) =>
      now
        .filter((one) => one.platform === undefined || one.platform === platform)
        .reduce((product, one) => product * (one[what] ?? 1), 1)
    const day = Math.floor(hour / 24)
    const busy = (1 + 0.6 * Math.sin(((hour % 24) / 24) * 2 * Math.PI)) * (day % 7 >= 5 ? 0.8 : 1)
    const ticks: Tick[] = []
    let orders = drawPoisson(random, 40 * busy * factor('site'))
    const sold = new Map<string, { orders: number }>()
    for (const [platform, clicks] of Object.entries(PLATFORMS)) {
      const sums = new Map<string, Record<string, number>>([[scopeKey({ platform }), {}]])
      for (const [n, share] of SHARES.entries()) {
        const shown = drawPoisson(random, 50 * clicks * share * busy * factor('volume', platform))
        const clicked = drawPoisson(random, shown / 50)
        const bought = drawPoisson(random, clicked * 0.05 * factor('site') * factor('pixel', platform))
        const reported = factor('reported', platform)
        const counts = {
          impressions: Math.round(shown * reported),
          clicks: Math.round(clicked * reported),
          spend: Math.round(clicked * reported),
          conversions: Math.round(bought * reported),
          reports: reported < 1 ? Math.round(4 * reported) : 4,
        }
        for (const scope of [{ platform }, { platform, account: 'a', campaign: `${platform}-${n}` }]) {
          const key = scopeKey(scope)
          const into = sums.get(key) ?? {}
          sums.set(key, into)
          for (const [name, count] of Object.entries(counts)) into[name] = (into[name] ?? 0) + count
        }
      }
      const through = drawPoisson(random, clicks * 0.02 * busy * factor('site') * factor('volume', platform))
      orders += through
      sold.set(scopeKey({ platform }), { orders: through })
      ticks.push(tick(platform, hour, sums))
    }
    sold.set(scopeKey({}), { orders })
    return [tick(COMMERCE, hour, sold), ...ticks]
  }).flat()
}

/** Judges ticks in their order. @returns what happened beside going on, as text, and the state */
export function play(ticks: readonly Tick[], state: TenantState = newTenantState()) {
  const incidents = new Set<Incident>()
  const lines: string[] = []
  for (const one of ticks) {
    for (const { incident, what } of follow(state, one, judge(state, one))) {
      incidents.add(incident)
      if (what !== 'went on') lines.push(line(one, incident, what))
    }
  }
  return { state, lines, incidents: [...incidents] }
}

function line({ start_ms }: Tick, { metric, onset_ms, scope }: Incident, what: Happening['what']): string {
  const hour = (ms: number) => (ms - BEGIN_MS) / HOUR_MS
  return `${hour(start_ms)} ${what} ${metric} ${scope} since ${hour(onset_ms)}`
}

function tick(group: string, hour: number, sums: Tick['sums']): Tick {
  return {
    grain: 'hour',
    group,
    start_ms: BEGIN_MS + hour * HOUR_MS,
    offset_ms: 0,
    sums,
    rows: 8,
    value_micros: 90_000_000,
    currency: 'USD',
    holiday: false,
    complete: {},
    expected: [],
  }
}
