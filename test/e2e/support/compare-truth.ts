import type { TruthKey, TruthRow } from '../../../ingest/world/truth.ts'
import { microsToBigInt, parseMoney } from '../../../schemas/money.ts'

type Row = Readonly<Record<string, string | number | null>>

/** Measure of the API → its value in the truth. Money and decimals in micros, counts in units. */
const MEASURES = {
  impressions: (t: TruthRow) => BigInt(t.impressions),
  clicks: (t: TruthRow) => BigInt(t.clicks),
  video_views: (t: TruthRow) => BigInt(t.video_views_3s),
  conversions: (t: TruthRow) => BigInt(t.conversions) * 1_000_000n,
  spend: (t: TruthRow) => BigInt(t.spend_micros),
  claimed_revenue: (t: TruthRow) => BigInt(t.claimed_micros),
  orders: (t: TruthRow) => BigInt(t.orders),
  gross_revenue: (t: TruthRow) => BigInt(t.gross_micros),
  refunds: (t: TruthRow) => BigInt(t.refunds_micros),
  revenue: (t: TruthRow) => BigInt(t.gross_micros) - BigInt(t.refunds_micros),
}
const COUNTS: readonly string[] = ['impressions', 'clicks', 'video_views', 'orders']

export type MeasureName = keyof typeof MEASURES
export const ALL_MEASURES = Object.keys(MEASURES) as MeasureName[]
/** Those that may be added across platforms. */
export const ADDITIVE_MEASURES = ALL_MEASURES.filter((name) => name !== 'claimed_revenue')

/**
 * Where the answer and the truth differ, one line each; nothing when they are equal to the last micro. An absent row,
 * and an unknown value in a row, are nothing to add: zero.
 *
 * @param by the dimensions of the answer, as the truth calls them
 */
export function differences(
  rows: readonly Row[],
  truth: readonly TruthRow[],
  by: readonly (keyof TruthKey)[],
  measures: readonly MeasureName[] = ALL_MEASURES,
): string[] {
  const keys = by.includes('currency') ? by : [...by, 'currency' as const]
  const got = new Map<string, string>()
  const double: string[] = []
  for (const row of rows) {
    const key = keys.map((name) => (name === 'hour_ms' ? row.hour : row[name]) ?? '').join('|')
    if (got.has(key)) double.push(`${key}: two rows`)
    got.set(key, measures.map((name) => `${name} ${amountOf(name, row[name] ?? null)}`).join(', '))
  }
  const wanted = new Map(
    truth.map((row) => [
      keys.map((name) => (name === 'hour_ms' ? hourText(row.hour_ms) : row[name]) ?? '').join('|'),
      measures.map((name) => `${name} ${MEASURES[name](row)}`).join(', '),
    ]),
  )
  const nothing = measures.map((name) => `${name} 0`).join(', ')
  return [
    ...double,
    ...[...new Set([...wanted.keys(), ...got.keys()])]
      .filter((key) => (got.get(key) ?? nothing) !== (wanted.get(key) ?? nothing))
      .map((key) => `${key}: got ${got.get(key) ?? 'no row'}; truth ${wanted.get(key) ?? 'has none'}`),
  ]
}

function hourText(hour_ms: number | null): string | null {
  return hour_ms === null ? null : new Date(hour_ms).toISOString().replace('.000Z', 'Z')
}

function amountOf(name: MeasureName, value: string | number | null): bigint {
  if (value === null) return 0n
  if (COUNTS.includes(name)) {
    if (typeof value !== 'number' || !Number.isInteger(value)) throw new Error(`${name} is ${value}, no integer`)
    return BigInt(value)
  }
  const money = parseMoney(value)
  if (!money.ok) throw new Error(`${name} is ${value}, no amount`)
  return microsToBigInt(money.micros)
}
