import type { WorldEvent } from '../../../../ingest/world/model.ts'
import { scopeKey } from '../../../../pipelines/detect/core/scope.ts'
import { COMMERCE } from '../../../../pipelines/detect/core/state.ts'
import type { Sums, Tick } from '../../../../pipelines/detect/core/tick.ts'
import { HOUR_MS, utcOffsetMin } from '../../../../schemas/zone.ts'

type Cell = {
  readonly group: string
  readonly start_ms: number
  readonly scopes: readonly string[]
  readonly sums: Sums
}

/**
 * Hourly ticks out of the events of a world, without an engine: the newest observation of each identity, summed by
 * scope, each group closed by the watermark of its source.
 */
export class WorldTicks {
  private readonly cells = new Map<string, Cell>()
  private readonly hours = new Map<string, Map<number, Set<string>>>()
  private readonly marks = new Map<string, number>()
  private readonly closed = new Map<string, number>()
  private readonly campaigns = new Map<string, Set<string>>()

  take(events: readonly WorldEvent[]): void {
    for (const event of events) {
      const cell = cellOf(event)
      if (cell === undefined) continue
      this.cells.set(event.id, cell)
      const hours = this.hours.get(cell.group) ?? new Map<number, Set<string>>()
      this.hours.set(cell.group, hours)
      const ids = hours.get(cell.start_ms) ?? new Set()
      hours.set(cell.start_ms, ids.add(event.id))
      const known = this.campaigns.get(cell.group) ?? new Set()
      for (const scope of cell.scopes) known.add(scope)
      this.campaigns.set(cell.group, known)
      const mark = Date.parse(event.occurred_at)
      this.marks.set(cell.group, Math.max(mark, this.marks.get(cell.group) ?? 0))
    }
  }

  /** Ticks that have closed since the last call, by time. */
  close(): Tick[] {
    const ticks: Tick[] = []
    for (const [group, mark] of this.marks) {
      const hours = this.hours.get(group)!
      const next = this.closed.get(group) ?? Math.min(...hours.keys())
      let start_ms = next
      for (; start_ms + HOUR_MS <= mark; start_ms += HOUR_MS) {
        const tick = this.tickOf(group, start_ms)
        // A pull that is late is no tick yet.
        if (group !== COMMERCE && tick.rows === 0) continue
        ticks.push(tick)
      }
      this.closed.set(group, start_ms)
    }
    return ticks.sort((a, b) => a.start_ms - b.start_ms || (a.group < b.group ? -1 : 1))
  }

  /** As it is known now. */
  tickOf(group: string, start_ms: number): Tick {
    const sums = new Map<string, Record<string, number>>()
    for (const scope of this.campaigns.get(group)!) sums.set(scope, {})
    const ids = this.hours.get(group)!.get(start_ms) ?? new Set()
    const value = { micros: 0, count: 0 }
    for (const id of ids) {
      const cell = this.cells.get(id)!
      if (cell.start_ms !== start_ms) continue
      for (const scope of cell.scopes) {
        const into = sums.get(scope)!
        for (const [metric, count] of Object.entries(cell.sums)) into[metric] = (into[metric] ?? 0) + count
      }
      value.count += cell.sums.orders ?? cell.sums.conversions ?? 0
      value.micros += (cell.sums as { value?: number }).value ?? 0
    }
    return {
      grain: 'hour',
      group,
      start_ms,
      offset_ms: utcOffsetMin(ZONES[group] ?? 'America/New_York', start_ms) * 60_000,
      sums,
      rows: ids.size,
      value_micros: value.count === 0 ? null : value.micros / value.count,
      currency: 'USD',
      holiday: false,
      expected: [],
    }
  }
}

function cellOf({ data, type }: WorldEvent): Cell | undefined {
  const text = (name: string) => (data[name] as string | undefined) ?? ''
  if (type === 'order.observed') {
    if (data.test === true || data.status === 'voided') return undefined
    const start_ms = Math.floor(Date.parse(text('ordered_at')) / HOUR_MS) * HOUR_MS
    const platform = text('platform')
    const scopes = [scopeKey({}), ...(platform === '' ? [] : [scopeKey({ platform })])]
    return { group: COMMERCE, start_ms, scopes, sums: { orders: 1, value: Number(data.total) * 1e6 } as Sums }
  }
  if (type !== 'ad_delivery.observed' || data.hour === undefined) return undefined
  const [platform, account, campaign] = [text('platform'), text('account'), text('campaign')]
  const start_ms = localHour(text('time_zone'), text('day'), data.hour as number)
  ZONES[platform] = text('time_zone')
  const path = { platform, account, campaign }
  return {
    group: platform,
    start_ms,
    scopes: [{ platform }, path].map(scopeKey),
    sums: {
      reports: 1,
      impressions: data.impressions as number,
      clicks: data.clicks as number,
      spend: Math.round(Number(data.spend)),
      conversions: data.conversions as number,
      value: Number(data.conversion_value) * 1e6,
    } as Sums,
  }
}

/** Start of a local hour; the worlds of these tests have none that comes twice. */
function localHour(zone: string, day: string, hour: number): number {
  const offset = utcOffsetMin(zone, Date.parse(`${day}T12:00:00Z`)) / 60
  return Date.parse(`${day}T00:00:00Z`) + (hour - offset) * HOUR_MS
}

const ZONES: Record<string, string> = {}
