import { BEST_DAYS, FATIGUED } from '../../models/fatigue/day.ts'
import { drawBinomial, drawNormal, drawPoisson } from '../../models/math/draw.ts'
import type { Random } from '../../models/math/random.ts'
import type { DayRow } from '../../pipelines/forecast/fatigue/read-days.ts'

/** An ad account over a year: what was known of each day at 6 in the morning, and what it turned out to be. */
export type SimulatedAccount = {
  readonly account: string
  /** Days ascending. */
  readonly known: ReadonlyMap<number, readonly DayRow[]>
  readonly final: ReadonlyMap<number, readonly DayRow[]>
}

/**
 * Creatives that follow each other for a year, each wearing out in one of four ways or not at all. It shares no line with
 * the data that the shipped model was learnt from, and differs from them on purpose: how closely prices follow wear, how
 * noisy they are, and how many wear out is drawn for each account. A tenth of the results comes in late.
 */
export function simulateAccount(random: Random, account: string, first_day: number, days: number): SimulatedAccount {
  const uniform = (from: number, to: number) => from + (to - from) * random()
  const nature: Nature = {
    click_market: walk(random, days, 0.9, 0.1),
    price_market: walk(random, days, 0.9, 0.1),
    coupling: uniform(0, 1.2) * 0.09,
    price_noise: 10 ** uniform(-3.5, -1.7),
    lasting: uniform(0.25, 0.6),
  }
  const known = new Map<number, DayRow[]>()
  const final = new Map<number, DayRow[]>()
  for (let slot = 0; slot < SLOTS; slot++) {
    let at = -Math.floor(uniform(0, 60))
    for (let k = 0; at < days; k++) {
      const end = at + Math.floor(uniform(30, 120))
      for (const row of creative(random, nature, { account, creative: `c${slot}-${k}` }, at, Math.min(end, days))) {
        push(final, { ...row, day: first_day + row.day, observed_ms: 0 })
        const late = drawBinomial(random, row.conversions ?? 0, LATE)
        push(known, { ...row, day: first_day + row.day, conversions: row.conversions! - late })
      }
      at = end
    }
  }
  return { account, known: sorted(known), final: sorted(final) }
}

const SLOTS = 12
const LATE = 0.1

type Nature = {
  readonly click_market: readonly number[]
  readonly price_market: readonly number[]
  readonly coupling: number
  readonly price_noise: number
  readonly lasting: number
}

function* creative(
  random: Random,
  { click_market, coupling, lasting, price_market, price_noise }: Nature,
  id: Pick<DayRow, 'account' | 'creative'>,
  start: number,
  end: number,
): Generator<DayRow> {
  const wearAt = wearOf(random, lasting)
  const is_video = random() < 0.7
  const impressions = Math.exp(10 + 0.8 * drawNormal(random))
  const rates = { click: 0.012 * Math.exp(0.4 * drawNormal(random)), hook: 0.2, result: 0.06, mille: 15 }
  const drift = walk(random, end - start, 0.88, 0.07)
  for (let age = 0; start + age < end; age++) {
    const day = start + age
    const wear = wearAt(age)
    const shown = Math.max(200, Math.round(impressions * Math.exp(0.15 * drawNormal(random))))
    const clicks = drawPoisson(
      random,
      shown * rates.click * Math.exp(-0.65 * wear + drift[age]! + (click_market[day] ?? 0)),
    )
    const price = Math.exp((price_market[day] ?? 0) + coupling * wear + price_noise * drawNormal(random))
    // Days before the year began are only there to have made it older.
    if (day < 0) continue
    yield {
      ...id,
      platform: 'meta',
      day,
      currency: 'USD',
      impressions: shown,
      clicks,
      conversions: drawPoisson(random, clicks * rates.result * Math.exp(-(0.35 - coupling) * wear)),
      hook_views: is_video ? drawPoisson(random, shown * rates.hook * Math.exp(-0.5 * wear + 0.5 * drift[age]!)) : null,
      spend: Math.round((100 * shown * rates.mille * price) / 1000) / 100,
      reach: null,
      observed_ms: Number.NEGATIVE_INFINITY,
    }
  }
}

/** Log cost per result against the first days, by age. */
function wearOf(random: Random, lasting: number): (age: number) => number {
  if (random() < lasting) return () => 0
  const way = random()
  const worn_on = BEST_DAYS + 5 + 60 * random() ** 1.3
  if (way < 0.4) {
    const size = FATIGUED / Math.log1p(worn_on / 10)
    return (age) => size * Math.log1p(age / 10)
  }
  if (way < 0.75) return (age) => (FATIGUED * Math.max(0, age - 3)) / (worn_on - 3)
  const depth = 0.5 + random()
  return (age) => depth / (1 + Math.exp((worn_on - age) / 2.5))
}

function walk(random: Random, length: number, correlation: number, deviation: number): number[] {
  let value = deviation * drawNormal(random)
  const step = deviation * Math.sqrt(1 - correlation * correlation)
  return Array.from({ length }, () => {
    value = correlation * value + step * drawNormal(random)
    return value
  })
}

function push(to: Map<number, DayRow[]>, row: DayRow): void {
  const rows = to.get(row.day)
  if (rows === undefined) to.set(row.day, [row])
  else rows.push(row)
}

function sorted(days: ReadonlyMap<number, DayRow[]>): ReadonlyMap<number, readonly DayRow[]> {
  const by_name = (a: DayRow, b: DayRow) => (a.creative < b.creative ? -1 : 1)
  return new Map([...days].sort(([a], [b]) => a - b).map(([day, rows]) => [day, rows.sort(by_name)]))
}
