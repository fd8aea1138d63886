import { expect, test } from 'vitest'
import { type Injection, readInjection } from '../../../ingest/world/injection.ts'
import { startLive } from '../../../ingest/world/live.ts'
import { sumTruth, type TruthRow } from '../../../ingest/world/truth.ts'
import { createWorld } from '../../../ingest/world/world.ts'
import { knownAnswerSpec } from '../../../ingest/world/worlds/known-answer.ts'

// The known-answer world's business in its first ten days; the injections lie in days 3 to 8, which are all days UTC.
const spec = { ...knownAnswerSpec(), days: 10 }
const from_ms = (spec.first_day + 2) * 86_400_000
const by = ['platform', 'creative'] as const
const plain = sumTruth(spec, by)

type Ratios = { [K in 'impressions' | 'clicks' | 'spend' | 'conversions' | 'claimed' | 'orders' | 'gross']: number }

/** Half the history under the injection: what it does to TikTok, by TikTok's usual numbers. */
function under(raw: Record<string, unknown>, platform: string | null = 'tiktok'): Ratios {
  const injected = sumTruth(spec, by, { injections: [read({ hours: 24 * 5, ...raw })] })
  const ratio = (of: (row: TruthRow) => number) => total(injected, platform, of) / total(plain, platform, of)
  return {
    impressions: ratio((r) => r.impressions),
    clicks: ratio((r) => r.clicks),
    spend: ratio((r) => r.spend_micros),
    conversions: ratio((r) => r.conversions),
    claimed: ratio((r) => r.claimed_micros),
    orders: ratio((r) => r.orders),
    gross: ratio((r) => r.gross_micros),
  }
}

const scope = { platform: 'tiktok' }
const SAME = [0.97, 1.03] as const
/** Half of the time at size 0.6. */
const LOST = [0.64, 0.76] as const
const MORE = [1.08, 6] as const
const LESS = [0.3, 0.96] as const

test.each<[string, Record<string, unknown>, Partial<Record<keyof Ratios, readonly [number, number]>>]>([
  [
    'a broken pixel loses what is claimed, nothing else',
    { kind: 'tracking_break', scope, size: 0.6 },
    { conversions: LOST, claimed: LOST, clicks: SAME, spend: SAME, orders: SAME },
  ],
  [
    'an outage loses orders and conversions, the clicks go on',
    { kind: 'site_outage', size: 0.6 },
    { conversions: LOST, orders: LOST, clicks: SAME, spend: SAME },
  ],
  [
    'a spent budget stops everything that comes through the ads',
    { kind: 'budget_exhausted', scope, size: 0.6 },
    { impressions: LOST, clicks: LOST, spend: LOST, conversions: LOST, orders: LOST },
  ],
  [
    'a late report changes nothing in the end',
    { kind: 'reporting_delay', scope, size: 1 },
    { impressions: [1, 1], clicks: [1, 1], spend: [1, 1], conversions: [1, 1], orders: [1, 1] },
  ],
  [
    'a higher bid buys more, dearer',
    { kind: 'bid_change', scope, size: 0.6 },
    { impressions: MORE, clicks: MORE, spend: [1.35, 1.8], orders: MORE },
  ],
  [
    'a product that is out loses its own orders',
    { kind: 'stock_out', size: 1, scope: { product: 'P08' } },
    { orders: LESS, conversions: LESS, clicks: SAME },
  ],
  [
    'a tired creative is clicked and bought less',
    { kind: 'creative_fatigue', scope, size: 0.6 },
    { clicks: LESS, conversions: LESS, orders: LESS, impressions: SAME },
  ],
  [
    'a holiday lifts all',
    { kind: 'holiday', size: 0.6 },
    { impressions: MORE, clicks: MORE, spend: MORE, conversions: MORE, orders: MORE },
  ],
  [
    'robots click and buy nothing',
    { kind: 'fraud', scope, size: 0.6 },
    { clicks: [1.8, 2.6], spend: [1.8, 2.6], impressions: [1.3, 2], conversions: SAME, orders: SAME },
  ],
  [
    'a higher price sells less, at more each',
    { kind: 'price_change', size: 0.3 },
    { orders: LESS, conversions: LESS, clicks: SAME },
  ],
])('%s', (_, raw, expected) => {
  const ratios = under(raw)
  for (const [measure, [low, high]] of Object.entries(expected)) {
    expect(ratios[measure as keyof Ratios], measure).toBeGreaterThanOrEqual(low)
    expect(ratios[measure as keyof Ratios], measure).toBeLessThanOrEqual(high)
  }
})

test('what is out of scope stays as it was, to the last unit', () => {
  for (const kind of ['tracking_break', 'budget_exhausted', 'fraud', 'bid_change', 'creative_fatigue']) {
    const injected = sumTruth(spec, by, { injections: [read({ kind, scope, size: 0.6, hours: 100 })] })
    const others = (rows: readonly TruthRow[]) => rows.filter(({ platform }) => platform === 'meta')
    expect(others(injected).map(delivered)).toEqual(others(plain).map(delivered))
  }
})

test('who comes on top comes while the lift works, and at no other time of that day', () => {
  const short = { ...spec, days: 4 }
  const noon_ms = from_ms + 12 * 3_600_000
  const ordersOf = (injections: readonly Injection[]) =>
    new Map(
      sumTruth(short, ['hour_ms'], { injections }).map(({ hour_ms, orders }) => [
        (hour_ms! - noon_ms) / 3_600_000,
        orders,
      ]),
    )
  const [usual, lifted] = [ordersOf([]), ordersOf([read({ kind: 'holiday', size: 1, hours: 6 }, noon_ms)])]
  for (const hour of [-12, -6, -2, -1, 6, 7, 9, 11]) expect(lifted.get(hour), `hour ${hour}`).toBe(usual.get(hour))
  const within = (orders: typeof usual) => [0, 1, 2, 3, 4, 5].reduce((sum, hour) => sum + orders.get(hour)!, 0)
  expect(within(lifted) / within(usual)).toBeGreaterThan(1.5)
})

test('a spent budget is new at midnight of the account', () => {
  const hourly = {
    ...spec,
    accounts: spec.accounts.map((account) => ({ ...account, hourly_from: spec.first_day })),
  }
  const noon_ms = from_ms + 12 * 3_600_000
  const injections = [read({ kind: 'budget_exhausted', scope, size: 1, hours: 48 }, noon_ms)]
  const tiktok = sumTruth(hourly, ['hour_ms', 'platform'], { injections }).filter(
    ({ platform }) => platform === 'tiktok',
  )
  const shown = new Set(tiktok.filter(({ impressions }) => impressions > 0).map(({ hour_ms }) => hour_ms))
  const at = (hours: number) => shown.has(noon_ms + hours * 3_600_000)
  // TikTok's account is in UTC: from noon to midnight nothing, from midnight to noon the usual, for two days.
  expect([-1, 0, 11, 12, 23, 24, 35, 36, 47, 48].map(at)).toEqual([
    true,
    false,
    false,
    true,
    true,
    false,
    false,
    true,
    true,
    true,
  ])
})

test('the change log, the catalogue and the calendar tell of what a person would find there', () => {
  const world = createWorld(1, { days: 8 })
  const traces = (raw: Record<string, unknown>) => {
    const live = startLive(world, world.end_ms)
    expect(live.inject({ hours: 5, ...raw }).ok).toBe(true)
    return live
      .advance(world.end_ms + 6 * 3_600_000)
      .map(({ type, data }) => [type, data.field ?? data.available ?? data.name])
  }
  expect(traces({ kind: 'bid_change', size: 0.5 })).toContainEqual(['change.recorded', 'bid'])
  expect(traces({ kind: 'stock_out', size: 1 })).toContainEqual(['product.observed', false])
  expect(traces({ kind: 'holiday', size: 0.5 })).toContainEqual(['holiday.observed', 'Flash holiday'])
})

function read(raw: Record<string, unknown>, at_ms = from_ms): Injection {
  const result = readInjection(spec, raw, at_ms)
  if (!result.ok) throw new Error(`${result.path}: ${result.reason}`)
  return result.injection
}

function total(rows: readonly TruthRow[], platform: string | null, of: (row: TruthRow) => number): number {
  return rows.filter((row) => row.platform === platform).reduce((sum, row) => sum + of(row), 0)
}

function delivered({ creative, impressions, clicks, spend_micros, conversions, claimed_micros }: TruthRow) {
  return { creative, impressions, clicks, spend_micros, conversions, claimed_micros }
}
