import type { WorldEvent } from '../../ingest/world/model.ts'
import { closedBy, type Looking, nextOf, ticksOf } from '../../pipelines/detect/advance.ts'
import { withRestated } from '../../pipelines/detect/again.ts'
import type { Tick } from '../../pipelines/detect/core/closed-bucket.ts'
import { NO_MATURITY } from '../../pipelines/detect/core/maturity.ts'
import { groupOf } from '../../pipelines/detect/core/state.ts'
import { groupOfRow, type Row } from '../../pipelines/detect/rows.ts'
import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import { HOUR_MS, instantOf, parseDay } from '../../schemas/zone.ts'

/**
 * Hourly ticks out of the events of a world, without an engine: the newest observation of each identity, closed by the
 * watermarks of the sources as the stage closes them.
 */
export class Fold {
  readonly looking: Looking
  private readonly rows = new Map<string, Row>()
  /** Identities by group and hour. */
  private readonly hours = new Map<string, Map<number, Set<string>>>()
  private readonly marks = new Map<string, number>()
  private readonly groups = new Map<string, { sources: string[]; zone: string }>()
  private readonly holidays = new Set<number>()

  constructor(state: Looking['state']) {
    this.looking = {
      state,
      sources: { groups: this.groups, holidays: this.holidays, maturity: NO_MATURITY },
      expected: [],
    }
  }

  take({ data, id, occurred_at, source, type }: WorldEvent): void {
    if (type === 'holiday.observed') this.holidays.add(parseDay(data.day as string)!)
    const row = type === 'order.observed' ? orderRow(data) : deliveryRow(type, data)
    if (row === undefined) return
    const key = `${source} ${id}`
    const group = groupOfRow(row)
    const known = this.groups.get(group)
    if (known === undefined) this.groups.set(group, { sources: [source], zone: data.time_zone as string })
    else if (!known.sources.includes(source)) known.sources.push(source)
    this.marks.set(source, Math.max(Date.parse(occurred_at), this.marks.get(source) ?? 0))
    this.rows.set(key, row)
    const hours = this.hours.get(group) ?? new Map<number, Set<string>>()
    this.hours.set(group, hours)
    hours.set(row.start_ms, (hours.get(row.start_ms) ?? new Set()).add(key))
  }

  /** Ticks that have closed since the last call, one by one: what is late depends on what was made of the last. */
  *close(): Generator<Tick> {
    const closed = closedBy(this.looking.sources, this.marks, this.looking.state)
    const { state } = this.looking
    for (const group of [...closed.keys()].sort()) {
      const known = groupOf(state, group)
      const hours = this.hours.get(group)!
      const first = known.bucket === -1 ? Math.min(...hours.keys()) : nextOf(known, 0)
      const end = closed.get(group)!
      // With nothing new nothing late is looked for either: it comes with what is new.
      if (first >= end) continue
      const late = known.late.map((bucket) => bucket * HOUR_MS).filter((at) => at < first)
      const fresh = Array.from({ length: (end - first) / HOUR_MS }, (_, n) => first + n * HOUR_MS)
      const rowsAt = (ms: number) => this.rowsOf(group, ms)
      let isFirst = true
      for (const at of [...late, ...fresh]) {
        for (const tick of ticksOf(this.looking, group, at, rowsAt, (end - at) / HOUR_MS - 1)) {
          const isNew = isFirst && tick.start_ms >= first
          yield isNew ? withRestated(state, tick, first, rowsAt) : tick
          if (isNew) isFirst = false
        }
      }
    }
  }

  private rowsOf(group: string, start_ms: number): Row[] {
    const keys = this.hours.get(group)!.get(start_ms) ?? new Set()
    return [...keys].map((key) => this.rows.get(key)!).filter((row) => row.start_ms === start_ms && row.rows > 0)
  }
}

function orderRow(data: WorldEvent['data']): Row | undefined {
  if (data.test === true) return undefined
  const start_ms = Math.floor(Date.parse(data.ordered_at as string) / HOUR_MS) * HOUR_MS
  const path = { platform: textOf(data.platform), account: textOf(data.account), campaign: textOf(data.campaign) }
  // An order that was voided takes the place of the one that stood.
  const stands = data.status === 'voided' ? 0 : 1
  const sold = { orders: stands, gross: stands * Number(data.total) }
  return {
    ...NOTHING,
    ...path,
    ...sold,
    start_ms,
    slice: COMMERCE_SLICE,
    currency: textOf(data.currency),
    rows: stands,
  }
}

function deliveryRow(type: string, data: WorldEvent['data']): Row | undefined {
  if (type !== 'ad_delivery.observed' || data.hour === undefined) return undefined
  const start_ms = instantOf(data.time_zone as string, parseDay(data.day as string)!, (data.hour as number) * 60)
  return {
    ...NOTHING,
    start_ms,
    platform: textOf(data.platform),
    account: textOf(data.account),
    campaign: textOf(data.campaign),
    slice: 'ad|country',
    currency: textOf(data.currency),
    rows: 1,
    impressions: data.impressions as number,
    clicks: data.clicks as number,
    spend: Number(data.spend),
    conversions: data.conversions as number,
    claimed: Number(data.conversion_value),
  }
}

function textOf(value: unknown): string {
  return (value as string | undefined) ?? ''
}

const NOTHING = { rows: 0, impressions: 0, clicks: 0, spend: 0, conversions: 0, claimed: 0, orders: 0, gross: 0 }
