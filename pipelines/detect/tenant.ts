import type { AlertCommand } from '../../schemas/alert-commands.ts'
import { HOUR_MS } from '../../schemas/zone.ts'
import { isEnded, obey } from '../alerts/commands.ts'
import type { Revision } from '../alerts/journal.ts'
import type { Store } from '../store/client.ts'
import { advance, closedBy } from './advance.ts'
import { end, type Happening } from './core/follow.ts'
import type { Incident } from './core/incident.ts'
import { NO_MATURITY } from './core/maturity.ts'
import { groupOf, newTenantState, type TenantState } from './core/state.ts'
import { type Case, type DeskDeps, revisionsOf } from './desk.ts'
import { withFamily } from './family.ts'
import { takeBack } from './restated.ts'
import { readFirst } from './rows.ts'
import type { Settings } from './settings.ts'
import { type Progress, type Since, settled } from './settled.ts'
import { readMarks, readSources, type Sources } from './sources.ts'
import { lookAtTrends, type Trends } from './trends/look.ts'

/** What is known of one tenant between two looks at its windows. */
export type Watched = {
  readonly tenant: string
  readonly state: TenantState
  readonly cases: Map<string, Case>
  readonly trends: Trends
  sources: Sources | undefined
  /** When the sources were asked for, in their own time. */
  sources_ms: number
  readonly since: Since
}

export function watch(tenant: string, state: TenantState = newTenantState()): Watched {
  return {
    tenant,
    state,
    cases: new Map(),
    trends: { told: new Map(), judged: new Map() },
    sources: undefined,
    sources_ms: 0,
    since: new Map(),
  }
}

export type Look = {
  /** What is to be written and told, in order. */
  readonly revisions: readonly Revision[]
  /** Hours that were judged. */
  readonly ticks: number
  /** Whether a group is closed that is looked at in a moment. */
  readonly waits: boolean
}

/** Looks at everything of a tenant that has closed since the last look. */
export async function look(store: Store, watched: Watched, settings: Settings, progress: Progress): Promise<Look> {
  const { cases, state, tenant } = watched
  const marks = await readMarks(store, tenant)
  const newest = Math.max(0, ...marks.values())
  if (watched.sources === undefined || newest - watched.sources_ms > SOURCES_MS) {
    watched.sources = await readSources(store, tenant, newest)
    watched.sources_ms = newest
  }
  const { sources } = watched
  const { closed, waits } = await settled(watched, closedBy(sources, marks, state), progress)
  const behind = [...closed].map(([group, end_ms]) => end_ms / HOUR_MS - 1 - groupOf(state, group).bucket)
  if (!behind.some((hours) => hours > 0)) return { revisions: [], ticks: 0, waits }
  const isNew = [...closed.keys()].some((group) => groupOf(state, group).bucket === -1)
  const first_ms = isNew ? Math.max(await readFirst(store, tenant), newest - LEARN_MS) : 0
  const isPast = behind.some((hours) => hours > PAST_HOURS)

  const happened = new Map<Incident, Happening['what']>()
  let ticks = 0
  const job = { tenant, state, sources, marks, first_ms, expected: settings.expected(tenant) }
  for await (const { happenings } of advance(store, job, closed, settings.knobs(tenant))) {
    ticks++
    for (const { incident, what } of happenings) happened.set(incident, what)
  }
  const deps: DeskDeps = {
    store,
    tenant,
    state,
    sources,
    marks,
    isMuted: (record) => settings.isMuted(tenant, record, newest),
  }
  const known = new Set([...cases.values()].map(({ incident }) => incident))
  for (const [incident, what] of happened) {
    // A past that is over is learnt and not told of.
    if (what === 'ended' && isPast && !known.has(incident)) happened.delete(incident)
  }
  for (const incident of known)
    if (incident.ended_ms === null && !happened.has(incident)) happened.set(incident, 'went on')
  for (const incident of await restated(store, watched)) happened.set(incident, 'ended')
  const found = [...(await revisionsOf(deps, cases, happened)), ...(await lookAtTrends(deps, watched.trends))]
  const revisions = await withFamily(store, watched, found)
  state.incidents = state.incidents.filter(({ ended_ms }) => ended_ms === null || ended_ms > newest - KEPT_MS)
  for (const [id, { incident }] of cases) if (!state.incidents.includes(incident)) cases.delete(id)
  return { revisions, ticks, waits }
}

/** What a command makes of a tenant's alerts. */
export function command({ cases, state, trends }: Watched, order: AlertCommand): Revision[] {
  const revisions: Revision[] = []
  for (const [platform, { known, record: before }] of trends.told) {
    const record = obey(before, order)
    if (record === undefined) continue
    trends.told.set(platform, { record, known })
    revisions.push({ record, life: JSON.stringify({ known }) })
  }
  for (const [id, known] of cases) {
    const record = obey(known.record, order)
    if (record === undefined) continue
    if (isEnded(record) && known.incident.ended_ms === null) end(state, known.incident, 'feedback')
    cases.set(id, { ...known, record })
    const { causes, facts, incident } = known
    revisions.push({ record, life: JSON.stringify({ incident, facts, causes }) })
  }
  return revisions
}

/** Incidents of the last days that their numbers, as known now, take back. */
async function restated(store: Store, { cases, sources, state, tenant }: Watched): Promise<Incident[]> {
  const over: Incident[] = []
  for (const { incident, record } of [...cases.values()].slice(-CASES_A_LOOK)) {
    if (record.state === 'retracted' || incident.ending === 'restated' || incident.ending === 'feedback') continue
    if (await takeBack(store, tenant, state, sources?.maturity ?? NO_MATURITY, incident)) over.push(incident)
  }
  return over
}

/** Each is a question to the store. */
const CASES_A_LOOK = 20
/** Behind by more, it is a past that is caught up with. */
const PAST_HOURS = 24
const SOURCES_MS = 6 * HOUR_MS
/** What is older has faded from every mean: seasons keep half a year. */
const LEARN_MS = 400 * 24 * HOUR_MS
/** As long as an alert that has ended is still held against restatements. */
export const KEPT_MS = 7 * 24 * HOUR_MS
