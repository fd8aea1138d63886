import type { Column, Table } from './tables.ts'

/**
 * Windows are data: adding one is a line in WINDOW_SETS and a migration for its table.
 *
 * A window row is absolute, never an increment: the sums of everything that one source partition has contributed to
 * one key. Readers add the rows of all partitions. Two slices of the same delivery (campaign rows and ad rows, with
 * and without a country breakdown) are kept apart by `slice`; the query picks one per parent and shows the rest as
 * a residual, so that every level adds up.
 */
export type Grain = { readonly ms: number } | 'hour' | 'day'

export type WindowSet = {
  readonly name: string
  readonly grain: Grain
  /** Which of DIMENSIONS make the key; the others are summed over. */
  readonly dimensions: readonly Dimension[]
  /** Windows older than this at the time of receipt are not written, and expire; undefined keeps them for ever. */
  readonly keep_days?: number
}

export const DIMENSIONS = [
  'platform',
  'account',
  'campaign',
  'ad_group',
  'ad',
  'creative',
  'country',
  'device',
] as const
export type Dimension = (typeof DIMENSIONS)[number]

export const WINDOW_SETS: readonly WindowSet[] = [
  { name: 'windows_5m', grain: { ms: 300_000 }, dimensions: DIMENSIONS, keep_days: 30 },
  { name: 'windows_hour', grain: 'hour', dimensions: DIMENSIONS },
  { name: 'windows_day', grain: 'day', dimensions: DIMENSIONS },
  // The same days without the fine dimensions: a few rows where the other has thousands, for most questions asked.
  { name: 'windows_day_campaign', grain: 'day', dimensions: ['platform', 'account', 'campaign'] },
]

/**
 * What a window sums. For a measure that a source may leave unknown, `known` names the column that counts the
 * observations which knew it: with none, the answer is null and not zero.
 */
export type WindowMeasure = { readonly name: string; readonly known?: string }

export const WINDOW_MEASURES: readonly WindowMeasure[] = [
  { name: 'impressions', known: 'impressions_n' },
  { name: 'clicks', known: 'clicks_n' },
  { name: 'spend_micros', known: 'spend_n' },
  { name: 'conversions_micros', known: 'conversions_n' },
  { name: 'claimed_micros', known: 'claimed_n' },
  { name: 'video_views', known: 'video_views_n' },
  { name: 'orders' },
  { name: 'gross_micros' },
  { name: 'refunds' },
  { name: 'refunds_micros', known: 'refunds_n' },
]

/** Sums in the order in which a cell holds them: `n` (observations), then each measure and its counter. */
export const WINDOW_SUMS: readonly string[] = [
  'n',
  ...WINDOW_MEASURES.flatMap((m) => (m.known === undefined ? [m.name] : [m.name, m.known])),
]

/** Money sums are 128 bits wide: four of the largest allowed amounts overflow 64. */
export function isMoneySum(name: string): boolean {
  return name.endsWith('_micros')
}

/** The table of a window set, in encoding order. */
export function windowTable(set: WindowSet): Table {
  const lc = (name: string): Column => ({ name, type: 'LowCardinality(String)' })
  return {
    name: set.name,
    columns: [
      lc('tenant'),
      { name: 'day', type: 'Date' },
      ...(set.grain === 'day' ? [] : [{ name: 'start', type: "DateTime('UTC')" }]),
      // Hash of dimensions, currency and slice: the table is ordered by it and not by ten texts, which an insert, a
      // merge and FINAL would compare one after the other.
      { name: 'cell', type: 'FixedString(16)' },
      ...set.dimensions.map(lc),
      lc('currency'),
      lc('slice'),
      { name: '_partition', type: 'UInt16' },
      // generation × 2^40 + offset: grows with every writer and every batch, never taken from a clock.
      { name: 'version', type: 'UInt64' },
      // Contributions of records before this offset are in the row: reading it back makes a replay add nothing.
      { name: 'applied', type: 'Int64' },
      ...WINDOW_SUMS.map((name) => ({ name, type: isMoneySum(name) ? 'Int128' : 'Int64' })),
    ],
  }
}

/** Slice of a delivery row: its level and what the report is broken down by, such as `ad|country,device`. */
export function sliceOf(
  level: string,
  row: { country?: unknown; device?: unknown; hour?: boolean; segment?: unknown },
): string {
  let by = ''
  if (row.country !== undefined) by += ',country'
  if (row.device !== undefined) by += ',device'
  if (row.hour === true) by += ',hour'
  if (row.segment !== undefined) by += ',segment'
  return `${level}|${by.slice(1)}`
}

/** The slice of a canonical delivery row: its fact and its windows must name the same one. */
export function deliverySlice(row: {
  level: string
  country?: unknown
  device?: unknown
  hour_ms?: unknown
  segment?: unknown
}): string {
  return sliceOf(row.level, {
    country: row.country,
    device: row.device,
    segment: row.segment,
    hour: row.hour_ms !== undefined,
  })
}

/** Slice of everything that comes from the shop: orders and refunds add up with each other. */
export const COMMERCE_SLICE = 'commerce'
