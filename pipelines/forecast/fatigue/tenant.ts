import { setImmediate as turn } from 'node:timers/promises'
import { openOwnRecord } from '../../../models/fatigue/own-record.ts'
import type { ForecastRecord } from '../../../schemas/forecasts.ts'
import { DAY_MS, localDay, utcOffsetMin } from '../../../schemas/zone.ts'
import type { Store } from '../../store/client.ts'
import { writeForecasts } from '../store.ts'
import type { FatigueAlerts, Watched } from './alerts.ts'
import { type Followed, openFollowed, type Scored, type ScoredDay, scoreDay } from './follow.ts'
import type { NamedModel } from './named-model.ts'
import { type DayRow, type Extent, KNOWN_AFTER_MS, knownAt, readDays, readExtents } from './read-days.ts'
import { recordsOf, scopeOf, shippedRecordsOf } from './records.ts'
import { GONE_DAYS, NO_STREAK, nextStreak, type Streak } from './streaks.ts'
import { pressing } from './warning.ts'

/** The accounts of one tenant, followed day by day. */
export type TenantDesk = {
  /** Follows every account to the last of its days that is known by the watermark; forecasts and alerts are of that day. */
  advance(watermark_ms: number, signal: AbortSignal): Promise<void>
  /** Writes some of the forecasts that earlier days would have had: they are for the score table, and can wait. */
  writeSome(signal: AbortSignal): Promise<void>
}

type Desk = {
  readonly followed: Followed
  readonly streaks: Map<string, Streak>
  /** Days that have been forecast, and the last of them when the desk was opened. */
  readonly written: Set<number>
  readonly written_to: number
}

/** @throws StoreError */
export async function openTenant(
  store: Store,
  named: NamedModel,
  alerts: FatigueAlerts,
  tenant: string,
): Promise<TenantDesk> {
  const desks = new Map<string, Desk>()
  const together = openOwnRecord()
  const written = await originsOf(store, tenant, named.name)
  let waiting: ForecastRecord[] = []
  let first = true

  return {
    async advance(watermark_ms, signal) {
      const today = Math.floor(watermark_ms / DAY_MS)
      const extents = await readExtents(store, tenant, today - (first ? HISTORY_DAYS : RECENT_DAYS))
      const due = extents.flatMap((extent) => {
        const key = scopeOf(extent)
        const last = lastKnownDay(extent, watermark_ms)
        const desk = desks.get(key) ?? {
          followed: openFollowed(extent, Math.max(extent.first_day, today - HISTORY_DAYS), together),
          streaks: new Map(),
          written: new Set(written.get(key)),
          written_to: Math.max(Number.NEGATIVE_INFINITY, ...(written.get(key) ?? [])),
        }
        desks.set(key, desk)
        return last > desk.followed.last_day ? [{ desk, last }] : []
      })
      const zones = Map.groupBy(due, ({ desk }) => desk.followed.zone)
      const to = Math.max(...due.map(({ last }) => last))
      // All accounts together, day by day: what matured in one corrects what is said of the others.
      for (let day = Math.min(...due.map(firstDue)); day <= to && !signal.aborted; day += DAYS_A_READ) {
        const rows = new Map<number, DayRow[]>()
        const until = Math.min(to, day + DAYS_A_READ - 1)
        for (const [zone, accounts] of zones) {
          if (!accounts.some((one) => firstDue(one) <= until && one.last >= day)) continue
          for (const row of await readDays(store, { tenant, zone, from: day, to: until })) {
            const of_day = rows.get(row.day)
            if (of_day === undefined) rows.set(row.day, [row])
            else of_day.push(row)
          }
        }
        for (const [one, of_day] of [...rows].sort(([a], [b]) => a - b)) {
          const of_account = Map.groupBy(of_day, scopeOf)
          for (const { desk, last } of due) {
            const own = of_account.get(scopeOf(desk.followed))
            if (own !== undefined && one > desk.followed.last_day && one <= last) {
              await take(desk, one, own, last, watermark_ms)
            }
          }
        }
      }
      // Days without any delivery are over as well.
      if (!signal.aborted) for (const { desk, last } of due) desk.followed.last_day = last
      first = false
    },
    async writeSome(signal) {
      for (let batch = 0; batch < BATCHES_A_TICK && waiting.length > 0 && !signal.aborted; batch++) {
        const { origin, scope } = waiting[0]!
        const end = waiting.findIndex((record) => record.origin !== origin || record.scope !== scope)
        const some = end === -1 ? waiting : waiting.slice(0, end)
        await writeForecasts(store, some)
        waiting = waiting.slice(some.length)
      }
    },
  }

  async function take(desk: Desk, day: number, rows: readonly DayRow[], last: number, watermark_ms: number) {
    const scored = scoreDay(desk.followed, named.model, day, rows)
    for (const one of scored.creatives) note(desk, day, one)
    const is_head = day === last
    if (!desk.written.has(day) && (is_head || (scored.in_time && isKept(desk, day)))) {
      desk.written.add(day)
      const records = [recordsOf, shippedRecordsOf].flatMap((of) => of(desk.followed, scored, named.model, named.name))
      if (is_head) await writeForecasts(store, records)
      else waiting = [...waiting, ...records].slice(-WAITING_MAX)
    }
    if (is_head) await alerts.settle(desk.followed, day, watchedOf(desk, scored), watermark_ms)
    // The thread has other stages.
    await turn()
  }

  /** Days that were missed are all kept; of what was before the first start those whose horizons do not overlap. */
  function isKept({ written_to }: Desk, day: number): boolean {
    return (written_to > Number.NEGATIVE_INFINITY && day > written_to) || day % 14 === 0
  }
}

function firstDue({ desk }: { readonly desk: Desk }): number {
  return desk.followed.last_day + 1
}

/** A creative that has run longer is taken to have begun then. */
const HISTORY_DAYS = 366
/** An account that was silent for longer is found again at the next start. */
const RECENT_DAYS = 8
const DAYS_A_READ = 16
const BATCHES_A_TICK = 4
const WAITING_MAX = 20_000

function note({ streaks }: Desk, day: number, scored: Scored): void {
  const grade = pressing(scored)?.grade ?? 'none'
  const before = streaks.get(scored.creative) ?? NO_STREAK
  const gone = day - before.last_day > GONE_DAYS
  streaks.set(scored.creative, nextStreak(gone ? NO_STREAK : before, day, grade, scored.outlook.money_a_day))
}

/** The creatives of the day, and those of before that have not run for some days. */
function watchedOf({ streaks }: Desk, { creatives, day }: ScoredDay): Watched[] {
  const today = new Map(creatives.map((scored) => [scored.creative, scored]))
  return [...streaks].flatMap(([creative, streak]): Watched[] => {
    const scored = today.get(creative)
    if (scored !== undefined) return [{ creative, streak, scored }]
    if (day - streak.last_day <= GONE_DAYS) return []
    return [{ creative, streak: NO_STREAK, scored: null }]
  })
}

/** Last day that is over by the watermark and of which the platform has been asked since. */
function lastKnownDay({ observed_ms, zone }: Extent, watermark_ms: number): number {
  const at_ms = Math.min(watermark_ms - KNOWN_AFTER_MS, observed_ms)
  let day = localDay(at_ms, utcOffsetMin(zone, at_ms)) - 1
  // A clock change may lie between.
  while (knownAt(zone, day) > watermark_ms || knownAt(zone, day) - KNOWN_AFTER_MS > observed_ms) day--
  return day
}

/** The days of each account that have been forecast. */
async function originsOf(store: Store, tenant: string, model: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const rows = await store.query<[string, number[]]>(
    `SELECT scope, groupUniqArray(toUInt16(origin)) FROM forecasts WHERE tenant = {tenant:String} AND model = {model:String}
     GROUP BY scope`,
    { tenant, model },
    { format: 'JSONCompactEachRow' },
  )
  return new Map(rows)
}
