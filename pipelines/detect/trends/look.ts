import { cubeOf } from '../../../models/root-cause/cube.ts'
import { explainRatio, type Side } from '../../../models/root-cause/ratio.ts'
import type { AlertRecord } from '../../../schemas/alerts.ts'
import { DAY_MS, HOUR_MS, instantOf, utcOffsetMin } from '../../../schemas/zone.ts'
import { isEnded, revise } from '../../alerts/commands.ts'
import type { Revision } from '../../alerts/journal.ts'
import type { Store } from '../../store/client.ts'
import { COMMERCE } from '../core/scope.ts'
import { readFactsOf } from '../facts.ts'
import type { Marks, Sources } from '../sources.ts'
import { type DayRow, dayOf, isSold, readDays, sumOf } from './days.ts'
import { DAYS, type Judged, judgeDecline, type Known, signalsOf } from './judge.ts'
import { declineRecord } from './record.ts'

/** Declines of a tenant: those that were told of, by platform, and the last day that each platform was judged by. */
export type Trends = {
  readonly told: Map<string, { record: AlertRecord; readonly known: Known }>
  readonly judged: Map<string, number>
}

export type TrendDeps = {
  readonly store: Store
  readonly tenant: string
  readonly sources: Sources
  readonly marks: Marks
  isMuted(record: Pick<AlertRecord, 'scope' | 'metric'>): boolean
}

/** Judges every platform whose local day has ended since the last look, once a day. */
export async function lookAtTrends(deps: TrendDeps, trends: Trends): Promise<Revision[]> {
  const due = [...deps.sources.groups].flatMap(([platform, { sources, zone }]) => {
    const mark = Math.min(...sources.map((source) => deps.marks.get(source) ?? 0))
    if (platform === COMMERCE || mark === 0) return []
    const local_ms = mark + utcOffsetMin(zone || 'UTC', mark) * 60_000
    const last = Math.floor((local_ms - REPORTED_MS) / DAY_MS) - 1
    return last > (trends.judged.get(platform) ?? 0) ? [{ platform, zone: zone || 'UTC', last }] : []
  })
  if (due.length === 0) return []
  const latest = Math.max(...due.map(({ last }) => last))
  const rows = await readDays(deps.store, deps.tenant, latest - DAYS, latest)
  const revisions: Revision[] = []
  for (const { last, platform, zone } of due) {
    trends.judged.set(platform, last)
    const told = trends.told.get(platform)
    const own = rows.filter((row) => row.platform === platform && !isSold(row) && dayOf(row) <= last)
    const judged = judgeDecline(own, last, told === undefined || isEnded(told.record) ? undefined : told.known)
    if (judged === undefined) continue
    const fresh = await recordOf(deps, rows, platform, zone, last, judged)
    const record = nextOf(told?.record, fresh)
    if (record === undefined) continue
    trends.told.set(platform, { record, known: judged.known })
    revisions.push({ record, life: JSON.stringify({ known: judged.known }) })
  }
  return revisions
}

/** A decline as its last revision left it. */
export function knownOf(life: string): Known {
  return (JSON.parse(life) as { known: Known }).known
}

async function recordOf(
  { isMuted, marks, sources, store, tenant }: TrendDeps,
  rows: readonly DayRow[],
  platform: string,
  zone: string,
  last: number,
  judged: Judged,
): Promise<AlertRecord> {
  const { since } = judged.known
  const own = rows.filter((row) => row.platform === platform && !isSold(row))
  const during = own.filter((row) => dayOf(row) >= since && dayOf(row) <= last)
  const onset_ms = instantOf(zone, since, 0)
  const newest = Math.max(...marks.values())
  const mark = Math.min(...sources.groups.get(platform)!.sources.map((source) => marks.get(source) ?? newest))
  return declineRecord({
    tenant,
    platform,
    judged,
    signals: signalsOf(rows, platform, last, since),
    facts: await readFactsOf(store, tenant, { onset_ms, platform, campaign: '' }),
    sides: sidesOf(own, last, since),
    currency: own[0]?.currency ?? '',
    spend: sumOf(during, 'spend'),
    days: last - since + 1,
    watermark_ms: mark,
    data_age_ms: newest - mark,
    instantOf: (day) => instantOf(zone, day, 0),
    last,
    muted: isMuted({ scope: { platform }, metric: 'roas' }),
  })
}

/** Which side of the ratio moved, and in which campaigns: the last week against the four weeks before it began. */
function sidesOf(own: readonly DayRow[], last: number, since: number): readonly Side[] {
  const base = own.filter((row) => dayOf(row) < since && dayOf(row) >= since - 28)
  const days = new Set(base.map(dayOf)).size
  if (days === 0) return []
  const week = own.filter((row) => dayOf(row) > last - 7 && dayOf(row) <= last)
  const cube = (sum: 'claimed' | 'spend') =>
    cubeOf(
      ['campaign'],
      [...new Set(own.map(({ campaign }) => campaign))].map((campaign) => ({
        values: [campaign],
        real: sumOf(
          week.filter((row) => row.campaign === campaign),
          sum,
        ),
        expected:
          (7 / days) *
          sumOf(
            base.filter((row) => row.campaign === campaign),
            sum,
          ),
      })),
    )
  return explainRatio(cube('claimed'), cube('spend'))
}

/** Told again when it is more or less pressing, has another cause or is over, and once a week. */
function nextOf(before: AlertRecord | undefined, fresh: AlertRecord): AlertRecord | undefined {
  // What was over, or taken back by a user, is not told anew: its id has been told of.
  const isOld = before !== undefined && isEnded(before) && fresh.onset_at <= before.ended_at!
  if (before === undefined || isEnded(before)) return isEnded(fresh) || isOld ? undefined : fresh
  const { acknowledged_at, acknowledged_by, children, detected_at, feedback, id, parent, snoozed_until } = before
  const said = { acknowledged_at, acknowledged_by, feedback, snoozed_until }
  const kept = { ...said, children, detected_at, id, parent }
  const { revision: _, state, ...changes } = { ...fresh, ...kept }
  if (isEnded(fresh)) return revise(before, { ...changes, state })
  const more =
    fresh.severity !== before.severity ||
    fresh.cause_class !== before.cause_class ||
    Date.parse(fresh.last_at) - Date.parse(before.last_at) >= 7 * DAY_MS
  if (!more) return undefined
  return revise(before, { ...changes, reason: fresh.cause_class === before.cause_class ? 'grew' : 'explained' })
}

/** Reports of a day come in the night after it. */
const REPORTED_MS = 4 * HOUR_MS
