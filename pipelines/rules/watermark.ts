import type { AlertRule } from '../../schemas/alert-commands.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import { BUCKET_MS } from './buckets.ts'
import { isShop, quantityOf } from './quantity.ts'

export type Watermark = {
  /** Up to here all sources that are waited for have been read. */
  readonly all_ms: number
  /** Up to here the newest of them has. */
  readonly newest_ms: number
}

/** How far each source of a tenant has been read, in ms since 1970. */
export type SourceMarks = ReadonlyMap<string, number>

/** Which sources speak of orders, and which of deliveries, with the platforms of those. */
export type Speakers = {
  readonly shop: ReadonlySet<string>
  readonly delivery: readonly { readonly platform: string; readonly source: string }[]
}

export async function readMarks(store: Store, tenant: string): Promise<SourceMarks> {
  const rows = await store.query<[string, string]>(
    'SELECT source, max(occurred_ms) FROM watermarks FINAL WHERE tenant = {tenant:String} GROUP BY source',
    { tenant },
    { format: 'JSONCompactEachRow' },
  )
  return new Map(rows.map(([source, ms]) => [source, Number(ms)]))
}

/** Those that had rows in the days for which a silent one is waited for. */
export async function readSpeakers(store: Store, tenant: string, marks: SourceMarks): Promise<Speakers> {
  const since = Math.max(0, Math.floor((Math.max(0, ...marks.values()) - SILENT_MS) / DAY_MS) - 1)
  const where = 'WHERE tenant = {tenant:String} AND day >= toDate({since:UInt16})'
  const rows = await store.query<[string, string]>(
    `SELECT '' AS platform, source FROM fact_orders ${where} GROUP BY source
     UNION ALL SELECT platform, source FROM fact_delivery ${where} GROUP BY platform, source`,
    { tenant, since },
    { format: 'JSONCompactEachRow' },
  )
  return {
    shop: new Set(rows.flatMap(([platform, source]) => (platform === '' ? [source] : []))),
    delivery: rows.flatMap(([platform, source]) => (platform === '' ? [] : [{ platform, source }])),
  }
}

/**
 * How far the numbers of a rule have been read. Only who speaks of them is waited for: exchange rates and catalogues come
 * once a day, and an hour of orders is over when the shop says so. Who was silent for three days is waited for no longer.
 *
 * @param rule  undefined for everything that the tenant has
 */
export function watermarkOf(
  marks: SourceMarks,
  speakers?: Speakers,
  rule?: Pick<AlertRule, 'metric' | 'scope'>,
): Watermark | undefined {
  if (marks.size === 0) return undefined
  const newest_ms = Math.max(...marks.values())
  const wanted = speakers === undefined || rule === undefined ? new Set<string>() : sourcesOf(speakers, rule)
  const speaking = [...marks].filter(([source, ms]) => isOne(wanted, source) && ms > newest_ms - SILENT_MS)
  return { newest_ms, all_ms: Math.min(newest_ms, ...speaking.map(([, ms]) => ms)) }
}

/** Where nobody is known to speak of it, everybody is waited for. */
function isOne(wanted: ReadonlySet<string>, source: string): boolean {
  return wanted.size === 0 || wanted.has(source)
}

function sourcesOf({ delivery, shop }: Speakers, { metric, scope }: Pick<AlertRule, 'metric' | 'scope'>): Set<string> {
  const quantity = quantityOf(metric)
  const measures = quantity === undefined ? [] : [quantity.top, quantity.bottom]
  const sources = new Set<string>()
  for (const measure of measures) {
    if (measure === undefined) continue
    if (isShop(measure)) for (const source of shop) sources.add(source)
    else
      for (const { platform, source } of delivery)
        if (scope.platform === undefined || scope.platform === platform) sources.add(source)
  }
  return sources
}

/**
 * Up to where buckets are closed: nothing more is to come but restatements. A day is a local one, so it is over when it is
 * over in the last of the zones (UTC−12).
 */
export function closedTo(grain: AlertRule['grain'], { all_ms }: Watermark): number {
  const size_ms = BUCKET_MS[grain]
  return Math.floor((grain === 'day' ? all_ms - 12 * HOUR_MS : all_ms) / size_ms) * size_ms
}

const SILENT_MS = 3 * DAY_MS
