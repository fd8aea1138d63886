import { DIMENSIONS, deliverySlice, WINDOW_SETS, WINDOW_SUMS, type WindowSet } from '../../../schemas/windows.ts'
import type { Content, Data } from './content.ts'

/** Sums of a window by name, and the key that {@link windowKey} gives it. Zero sums are left out. */
export type Windows = Map<string, Map<string, bigint>>

/**
 * Every window, from the current contents alone. Written from the rules (docs/design.md), not from the pipeline: each
 * event is added to the windows it falls into, one after the other.
 *
 * @param current      the newest content of each identity
 * @param partitionOf  where an event's group lies
 */
export function windowsOf(current: Iterable<Content>, partitionOf: (content: Content) => number): Windows {
  const windows: Windows = new Map()
  for (const content of current) {
    const change = changeOf(content)
    if (change === undefined) continue
    for (const set of WINDOW_SETS) {
      const start_ms = startIn(set, change)
      if (start_ms === undefined) continue
      const labels = set.dimensions.map((name) => change.labels[name] ?? '')
      const key = windowKey(set.name, [
        change.day,
        set.grain === 'day' ? '' : String(start_ms),
        ...labels,
        change.currency,
        change.slice,
        String(partitionOf(content)),
      ])
      const sums = windows.get(key) ?? new Map<string, bigint>()
      windows.set(key, sums)
      for (const [name, value] of Object.entries(change.sums)) sums.set(name, (sums.get(name) ?? 0n) + value)
    }
  }
  for (const sums of windows.values()) for (const [name, value] of sums) if (value === 0n) sums.delete(name)
  return windows
}

export function windowKey(set: string, parts: readonly string[]): string {
  return `${set}|${parts.join('|')}`
}

type Change = {
  readonly day: string
  /** The instant, for windows below a day; undefined for the report of a whole day. */
  readonly at_ms: number | undefined
  /** Start of the local hour around it. */
  readonly hour_ms: number | undefined
  /** A report of an hour has no place in a window of five minutes. */
  readonly is_instant: boolean
  readonly labels: Readonly<Partial<Record<(typeof DIMENSIONS)[number], string>>>
  readonly currency: string
  readonly slice: string
  readonly sums: Readonly<Record<string, bigint>>
}

function changeOf({ type, data }: Content): Change | undefined {
  if (type === 'ad_delivery.observed') return deliveryChange(data)
  if (type === 'order.observed') {
    if (data.test === true || data.status === 'voided') return undefined
    return shopChange(data, data.ordered_ms as number, { orders: 1n, gross_micros: integer(data.total_micros) })
  }
  if (type === 'order.refunded') {
    if (data.kind !== 'refund' || data.success !== true || data.test === true) return undefined
    return shopChange(data, data.refunded_ms as number, {
      refunds: 1n,
      ...known('refunds_micros', 'refunds_n', data.amount_micros),
    })
  }
  return undefined
}

function deliveryChange(data: Data): Change {
  const hour_ms = data.hour_ms as number | undefined
  return {
    day: data.day as string,
    at_ms: hour_ms,
    hour_ms,
    is_instant: false,
    labels: labelsOf(data),
    currency: data.currency as string,
    slice: deliverySlice(data as Parameters<typeof deliverySlice>[0]),
    sums: {
      n: 1n,
      ...known('impressions', 'impressions_n', data.impressions),
      ...known('clicks', 'clicks_n', data.clicks),
      ...known('spend_micros', 'spend_n', data.spend_micros),
      ...known('conversions_micros', 'conversions_n', data.conversions_micros),
      ...known('claimed_micros', 'claimed_n', data.claimed_micros),
      ...known('video_views', 'video_views_n', data.video_views),
    },
  }
}

function shopChange(data: Data, at_ms: number, sums: Readonly<Record<string, bigint>>): Change {
  const offset_ms = (data.offset_min as number) * 60_000
  return {
    day: data.day as string,
    at_ms,
    hour_ms: floorTo(at_ms + offset_ms, 3_600_000) - offset_ms,
    is_instant: true,
    labels: labelsOf(data),
    currency: (data.currency as string | undefined) ?? '',
    slice: 'commerce',
    sums: { n: 1n, ...sums },
  }
}

function startIn(set: WindowSet, change: Change): number | undefined {
  if (set.grain === 'day') return 0
  if (set.grain === 'hour') return change.hour_ms
  return change.is_instant ? floorTo(change.at_ms!, set.grain.ms) : undefined
}

function labelsOf(data: Data): Change['labels'] {
  return Object.fromEntries(DIMENSIONS.map((name) => [name, (data[name] as string | undefined) ?? '']))
}

/** A value and the count of those who knew it; neither when it is unknown. */
function known(name: string, counter: string, value: unknown): Record<string, bigint> {
  return value === undefined || value === null ? {} : { [name]: integer(value), [counter]: 1n }
}

function integer(value: unknown): bigint {
  return BigInt(value as number | string)
}

function floorTo(at_ms: number, step_ms: number): number {
  return Math.floor(at_ms / step_ms) * step_ms
}

/** The names in {@link Windows}, in the order of the tables. */
export const SUMS: readonly string[] = WINDOW_SUMS
