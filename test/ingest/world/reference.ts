import type { WorldEvent } from '../../../ingest/world/model.ts'
import { microsToBigInt, parseMoney } from '../../../schemas/money.ts'
import { formatDay, localDay, utcOffsetMin } from '../../../schemas/zone.ts'

export type ReferenceLine = {
  impressions: bigint
  clicks: bigint
  conversions: bigint
  spend_micros: bigint
  orders: bigint
  revenue_micros: bigint
}

/**
 * The least that an engine must do, in the plainest way: keep the newest observation of each identity, take things
 * that happen once only once, and add up. It knows nothing of the simulator; of the events only their documentation.
 *
 * @returns sums by `day|platform|campaign|creative|currency`, empty where null
 */
export function reduceEvents(events: Iterable<WorldEvent>): Map<string, ReferenceLine> {
  const newest = new Map<string, WorldEvent>()
  for (const event of events) {
    const key = `${event.source}\0${event.type}\0${event.id}`
    const known = newest.get(key)
    if (known === undefined || event.occurred_at > known.occurred_at) newest.set(key, event)
  }
  const hourly = new Set<string>()
  for (const { type, data } of newest.values()) {
    if (type === 'ad_delivery.observed' && data.hour !== undefined) hourly.add(`${data.account}|${data.ad}|${data.day}`)
  }
  const lines = new Map<string, ReferenceLine>()
  for (const { type, data } of newest.values()) {
    if (type === 'order.observed') {
      if (data.test === true || data.status === 'voided') continue
      add(dayOf(data.ordered_at, data.time_zone), data, { orders: 1n, revenue_micros: micros(data.total) })
    } else if (type === 'order.refunded') {
      if (data.test === true || data.kind !== 'refund' || data.success !== true) continue
      add(dayOf(data.refunded_at, data.time_zone), data, { revenue_micros: -micros(data.amount) })
    } else if (type === 'ad_delivery.observed') {
      // Two slices of the same delivery: hours where there are hours.
      if (data.hour === undefined && hourly.has(`${data.account}|${data.ad}|${data.day}`)) continue
      add(String(data.day), data, {
        impressions: BigInt(data.impressions as number),
        clicks: BigInt(data.clicks as number),
        conversions: BigInt(data.conversions as number),
        spend_micros: micros(data.spend),
      })
    }
  }
  return lines

  function add(day: string, data: WorldEvent['data'], sums: Partial<ReferenceLine>): void {
    const key = [day, data.platform, data.campaign, data.creative, data.currency].map((part) => part ?? '').join('|')
    const line = lines.get(key) ?? { ...NOTHING }
    for (const [measure, value] of Object.entries(sums) as [keyof ReferenceLine, bigint][]) line[measure] += value
    lines.set(key, line)
  }
}

const NOTHING: ReferenceLine = {
  impressions: 0n,
  clicks: 0n,
  conversions: 0n,
  spend_micros: 0n,
  orders: 0n,
  revenue_micros: 0n,
}

function dayOf(instant: unknown, zone: unknown): string {
  const at_ms = Date.parse(String(instant))
  return formatDay(localDay(at_ms, utcOffsetMin(String(zone), at_ms)))
}

function micros(money: unknown): bigint {
  const result = parseMoney(money as string | number)
  if (!result.ok) throw new Error(`not money: ${money}`)
  return microsToBigInt(result.micros)
}
