import { HOUR_MS, utcOffsetMin } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import { REMEMBERED_MS, withRestated } from './again.ts'
import type { Tick } from './core/closed-bucket.ts'
import { follow, type Happening } from './core/follow.ts'
import { completeAt } from './core/maturity.ts'
import { COMMERCE } from './core/scope.ts'
import { type GroupState, groupOf, type TenantState } from './core/state.ts'
import { judge, type Knobs, usualReports } from './core/tick.ts'
import { groupOfRow, type Row, readHours, STRETCH_MS, sumsOf } from './rows.ts'
import type { Marks, Sources } from './sources.ts'

export type Advance = {
  readonly tenant: string
  readonly state: TenantState
  readonly sources: Sources
  readonly marks: Marks
  /** First hour that the windows have; for groups that were never judged. */
  readonly first_ms: number
  /** Scopes in which somebody expects something, with its time. */
  readonly expected: readonly { readonly scope: string; readonly from_ms: number; readonly to_ms: number }[]
}

/** What ticks are made by. */
export type Looking = Pick<Advance, 'state' | 'sources' | 'expected'>

/** What happened in a tick of this hour. */
export type Step = { readonly tick: Tick; readonly happenings: readonly Happening[] }

/**
 * Judges every hour that has closed since the last call, in the order of time, whatever happened meanwhile to when it is
 * done: a year that was imported at once and a year of hours give the same.
 *
 * @param closed_ms end of the last closed hour by group: {@link closedBy}
 */
export async function* advance(
  store: Store,
  job: Advance,
  closed_ms: ReadonlyMap<string, number>,
  knobs: Knobs,
): AsyncGenerator<Step> {
  const { state, tenant } = job
  const next = new Map([...closed_ms.keys()].map((group) => [group, nextOf(groupOf(state, group), job.first_ms)]))
  const behind = [...next].filter(([group, at]) => at < closed_ms.get(group)!)
  // With nothing new nothing late is looked for either: it comes with what is new.
  if (behind.length === 0) return
  const late = behind.flatMap(([group]) => groupOf(state, group).late.map((bucket) => bucket * HOUR_MS))
  // What was judged before may have been restated since; of a group that is new nothing was.
  const again = behind.map(([group, at]) => (groupOf(state, group).bucket === -1 ? at : at - REMEMBERED_MS))
  const begin = Math.min(...again, ...late)
  const looked = new Set<string>()
  const end = Math.max(...closed_ms.values())
  let before = new Map<number, Row[]>()
  let hours = before
  for (let from_ms = begin; from_ms < end; from_ms += STRETCH_MS) {
    const rows = await readHours(store, tenant, from_ms, Math.min(end, from_ms + STRETCH_MS))
    before = hours
    hours = Map.groupBy(rows, ({ start_ms }) => Math.floor(start_ms / HOUR_MS))
    const known = [hours, before]
    for (let at = from_ms; at < Math.min(end, from_ms + STRETCH_MS); at += HOUR_MS) {
      const groups = Map.groupBy(hours.get(at / HOUR_MS) ?? [], groupOfRow)
      for (const group of [...closed_ms.keys()].sort()) {
        const isNew = at >= next.get(group)! || groupOf(state, group).late.includes(at / HOUR_MS)
        if (at >= closed_ms.get(group)! || !isNew) continue
        const age = closed_ms.get(group)! / HOUR_MS - at / HOUR_MS - 1
        const rowsAt = (start_ms: number) =>
          start_ms === at ? (groups.get(group) ?? []) : rowsOf(known, group, start_ms / HOUR_MS)
        for (const one of ticksOf(job, group, at, rowsAt, age)) {
          const isFirst = one.start_ms >= next.get(group)! && !looked.has(group)
          if (isFirst) looked.add(group)
          const tick = isFirst ? withRestated(state, one, next.get(group)!, rowsAt) : one
          yield { tick, happenings: follow(state, tick, judge(state, tick, knobs)) }
        }
      }
    }
  }
}

function rowsOf(stretches: readonly ReadonlyMap<number, Row[]>[], group: string, hour: number): Row[] {
  const rows = stretches.flatMap((hours) => hours.get(hour) ?? [])
  return rows.filter((row) => groupOfRow(row) === group)
}

/**
 * Up to when the hours of each group are closed: all of its sources have spoken of what came later, or never will. A shop
 * is waited for, unless it has told of every hour as it went by: then its silence is that nobody buys.
 */
export function closedBy({ groups }: Sources, marks: Marks, state: TenantState): Map<string, number> {
  const of = (source: string) => marks.get(source) ?? 0
  const now = Math.max(0, ...[...groups.values()].flatMap(({ sources }) => sources.map(of)))
  return new Map(
    [...groups].map(([group, { sources }]) => {
      const own = Math.min(...sources.map(of))
      // What the others' time has left far behind is not waited for: that it is missing is the news.
      const awaits = group === COMMERCE && (state.groups.get(group)?.prompt ?? 0) < LIVE
      return [group, Math.floor(Math.max(own, awaits ? 0 : now - PATIENCE_MS) / HOUR_MS) * HOUR_MS]
    }),
  )
}

/**
 * The hour itself, or nothing while its report is late, or all that were waited for too long. A report that lacks rows is
 * given until the next one comes: its pieces may be on their way. One that lacks an account, or all, is a pull that
 * failed and comes with the next, or the one after it: only when that happens again and again is it judged as it is.
 *
 * @param rowsAt rows of the group in an hour, this one or one shortly before it
 * @param age hours of the group that have closed since
 */
export function* ticksOf(
  job: Looking,
  group: string,
  at: number,
  rowsAt: (start_ms: number) => readonly Row[],
  age: number,
): Generator<Tick> {
  const { state } = job
  const known = groupOf(state, group)
  const bucket = at / HOUR_MS
  const rows = rowsAt(at)
  if (group === COMMERCE) {
    known.prompt += ((age <= PROMPT ? 1 : 0) - known.prompt) / DAY_HOURS
    yield tickOf(job, group, at, rows, age)
    return
  }
  if (rows.length === 0 && known.rows < 1) {
    // It has no hours, or has not begun.
    known.bucket = Math.max(known.bucket, bucket)
    return
  }
  const tick = tickOf(job, group, at, rows, age)
  const isPiece = age === 0 && tick.rows < COMPLETE * usualReports(state, tick)
  const isMissing = rows.length === 0 || lacksAccount(state, tick)
  if (!isMissing && !isPiece) {
    known.late = known.late.filter((one) => one !== bucket)
    yield tick
    return
  }
  if (bucket <= known.bucket) return
  known.bucket = bucket
  known.late = [...known.late.filter((one) => bucket - one < LATE_BUCKETS), bucket]
  const silent = known.late.filter((one) => bucket - one < SILENT_WITHIN)
  if (!isMissing || silent.length < SILENT) return
  known.late = known.late.filter((one) => !silent.includes(one))
  for (const one of silent) yield tickOf(job, group, one * HOUR_MS, rowsAt(one * HOUR_MS), age + bucket - one)
}

/** Whether an account that has rows in every hour has none. */
function lacksAccount(state: TenantState, tick: Tick): boolean {
  for (const scope of state.book.accountsOf(tick.group)) {
    if ((tick.sums.get(scope)?.reports ?? 0) === 0 && usualReports(state, tick, scope) >= COMPLETE) return true
  }
  return false
}

function tickOf(
  { expected, sources, state }: Looking,
  group: string,
  start_ms: number,
  rows: readonly Row[],
  age: number,
): Tick {
  // Accounts are judged beside their platform when it has several.
  const several =
    [...state.book.accountsOf(group)].length > 0 || rows.some(({ account }) => account !== rows[0]!.account)
  const sums = sumsOf(rows, group, several)
  // What was there before and is not now has zero, and is the first to be asked about.
  for (const scope of state.book.scopesOf(group)) if (!sums.has(scope)) sums.set(scope, {})
  const total = (of: (row: Row) => number) => rows.reduce((sum, row) => sum + of(row), 0)
  const [count, value] =
    group === COMMERCE
      ? [total(({ orders }) => orders), total(({ gross }) => gross)]
      : [total(({ conversions }) => conversions), total(({ claimed }) => claimed)]
  const offset_ms = utcOffsetMin(sources.groups.get(group)!.zone || 'UTC', start_ms) * 60_000
  const day = Math.floor((start_ms + offset_ms) / 86_400_000)
  return {
    grain: 'hour',
    group,
    start_ms,
    offset_ms,
    sums: new Map([...sums.keys()].sort().map((scope) => [scope, sums.get(scope)!])),
    rows: total((row) => row.rows),
    value_micros: count > 0 ? (value / count) * 1e6 : null,
    currency: rows[0]?.currency ?? '',
    holiday: sources.holidays.has(day),
    complete: completeAt(sources.maturity, group, age),
    expected: expected
      .filter(({ from_ms, to_ms }) => start_ms < to_ms && start_ms + HOUR_MS > from_ms)
      .map(({ scope }) => scope),
  }
}

export function nextOf({ bucket }: GroupState, first_ms: number): number {
  return bucket === -1 ? Math.floor(first_ms / HOUR_MS) * HOUR_MS : (bucket + 1) * HOUR_MS
}

/** So much later than its sources' peers a report is not waited for any more; they come within the hour and a half. */
const PATIENCE_MS = 3 * HOUR_MS
/** Hours behind the newest that are still as soon as it closed, and the part of a day's hours that make a shop live. */
const PROMPT = 2
const LIVE = 0.6
const DAY_HOURS = 24
/** A report with fewer of its usual rows is not all of it yet. */
const COMPLETE = 0.9
/** A pull that fails comes with the next; three of five are no accident. */
const SILENT = 3
const SILENT_WITHIN = 5
/** A report that is later than this is not learnt from any more. */
const LATE_BUCKETS = 48
