import type { AlertRule } from '../../schemas/alert-commands.ts'
import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import { microsSql, type Quantity } from './quantity.ts'

/** What a rule looks at in one window, in millionths. */
export type Bucket = {
  readonly start_ms: number
  readonly top: bigint
  /** 0 where the metric is no ratio. */
  readonly bottom: bigint
  /** Impressions, or orders, in whole units: enough to judge by, or not. */
  readonly volume: number
}

export const BUCKET_MS: Readonly<Record<AlertRule['grain'], number>> = { '5m': 300_000, hour: HOUR_MS, day: DAY_MS }

/**
 * The windows of a rule's scope from one instant to another, a bucket for each, also where there was nothing. Days are
 * the local days of the accounts; their start here is midnight UTC of that date.
 *
 * @param currency  of the amounts; rows in others are left out where the metric has money
 */
export async function readBuckets(
  store: Store,
  tenant: string,
  currency: string,
  rule: Pick<AlertRule, 'grain' | 'scope'>,
  quantity: Quantity,
  from_ms: number,
  to_ms: number,
): Promise<Bucket[]> {
  const dimensions = Object.keys(rule.scope)
  const { start, table } = tableOf(rule.grain, dimensions)
  const params: Record<string, unknown> = {
    ...{ tenant, currency, from: from_ms / 1000, to: to_ms / 1000 },
    // A local day is at most a day away from the UTC day of its hours.
    first: Math.max(0, Math.floor(from_ms / DAY_MS) - 1),
    last: Math.ceil(to_ms / DAY_MS) + 1,
  }
  const where = dimensions.map((dimension, at) => {
    params[`value${at}`] = rule.scope[dimension]
    return `AND ${dimension} = {value${at}:String}`
  })
  if (quantity.has_money) where.push("AND currency IN ({currency:String}, '')")
  const sums = [quantity.top, quantity.bottom].map((measure) =>
    measure === undefined
      ? '0'
      : [measure.plus.map(microsSql).join(' + '), ...measure.minus.map(microsSql)].join(' - '),
  )
  const volume = quantity.is_shop ? 'sum(orders)' : 'sum(impressions)'
  const rows = await store.query<Row>(
    `SELECT ${start} AS at, platform, account, campaign, toString(slice), toString(${sums[0]}), toString(${sums[1]}), toString(${volume})
     FROM ${table} FINAL WHERE tenant = {tenant:String} AND day BETWEEN toDate({first:UInt16}) AND toDate({last:UInt16})
       AND at >= {from:Int64} AND at < {to:Int64} ${where.join(' ')}
     GROUP BY at, platform, account, campaign, slice`,
    params,
    { format: 'JSONCompactEachRow', settings: { max_execution_time: 20 } },
  )
  const found = sumsOf(oneSliceEach(rows, dimensions))
  const size_ms = BUCKET_MS[rule.grain]
  const buckets: Bucket[] = []
  for (let at = Math.ceil(from_ms / size_ms) * size_ms; at < to_ms; at += size_ms)
    buckets.push(found.get(at) ?? { start_ms: at, top: 0n, bottom: 0n, volume: 0 })
  return buckets
}

type Row = readonly [
  at: string,
  platform: string,
  account: string,
  campaign: string,
  slice: string,
  top: string,
  bottom: string,
  volume: string,
]

function tableOf(grain: AlertRule['grain'], dimensions: readonly string[]): { table: string; start: string } {
  if (grain !== 'day')
    return { table: grain === '5m' ? 'windows_5m' : 'windows_hour', start: 'toInt64(toUnixTimestamp(start))' }
  const coarse = dimensions.every((dimension) => COARSE.has(dimension))
  return { table: coarse ? 'windows_day_campaign' : 'windows_day', start: 'toInt64(toUInt32(day)) * 86400' }
}

/**
 * Of several reports of one delivery one counts: for each campaign the one with the fewest breakdowns besides those of
 * the scope, then of the coarsest level; asset groups stand beside ads and ad groups; an account's own row counts only
 * where nothing of its campaigns is reported.
 */
function oneSliceEach(rows: readonly Row[], dimensions: readonly string[]): Row[] {
  const kept: Row[] = []
  const deliveries: { readonly row: Row; readonly level: string; readonly rank: number }[] = []
  for (const row of rows) {
    if (row[4] === COMMERCE_SLICE) {
      kept.push(row)
      continue
    }
    const [level = '', by = ''] = row[4].split('|')
    const surplus = by === '' ? 0 : by.split(',').filter((one) => one !== 'hour' && !dimensions.includes(one)).length
    deliveries.push({ row, level, rank: surplus * LEVELS.length + LEVELS.indexOf(level) })
  }
  const byAccount = Map.groupBy(deliveries, ({ row }) => row.slice(0, 3).join('\0'))
  for (const account of byAccount.values()) {
    const campaigns = account.filter(({ level }) => level !== 'account')
    for (const campaign of Map.groupBy(campaigns.length > 0 ? campaigns : account, ({ row }) => row[3]).values()) {
      const assets = best(campaign.filter(({ level }) => level === 'asset_group'))
      const main = best(campaign.filter(({ level }) => level !== 'asset_group'))
      if (main !== undefined) kept.push(main.row)
      if (assets !== undefined && (main === undefined || main.level.startsWith('ad'))) kept.push(assets.row)
    }
  }
  return kept
}

function best<T extends { readonly rank: number }>(candidates: readonly T[]): T | undefined {
  return candidates.toSorted((a, b) => a.rank - b.rank)[0]
}

function sumsOf(rows: readonly Row[]): Map<number, Bucket> {
  const sums = new Map<number, Bucket>()
  for (const [at, , , , , top, bottom, volume] of rows) {
    const start_ms = Number(at) * 1000
    const before = sums.get(start_ms)
    sums.set(start_ms, {
      start_ms,
      top: (before?.top ?? 0n) + BigInt(top),
      bottom: (before?.bottom ?? 0n) + BigInt(bottom),
      volume: (before?.volume ?? 0) + Number(volume),
    })
  }
  return sums
}

const COARSE: ReadonlySet<string> = new Set(['platform', 'account', 'campaign'])
/** The coarsest first. */
const LEVELS = ['account', 'campaign', 'ad_group', 'asset_group', 'ad']
