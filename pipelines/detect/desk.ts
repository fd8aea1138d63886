import { classify } from '../../models/root-cause/classify.ts'
import type { Cause } from '../../models/root-cause/explain.ts'
import type { AlertRecord } from '../../schemas/alerts.ts'
import { isEnded, revise } from '../alerts/commands.ts'
import type { Revision } from '../alerts/journal.ts'
import type { Store } from '../store/client.ts'
import { causesOf } from './causes.ts'
import type { Happening } from './core/follow.ts'
import { GRAINS } from './core/grain.ts'
import type { Incident } from './core/incident.ts'
import { renewalOf } from './core/midnight.ts'
import { idOf, recordOf } from './core/record.ts'
import { COMMERCE, scopeOfKey } from './core/scope.ts'
import { isForgotten, type KnownFacts, situationOf } from './core/situation.ts'
import { groupOf, type TenantState } from './core/state.ts'
import { readFacts } from './facts.ts'
import type { Marks, Sources } from './sources.ts'

/** An incident that was told of, with the newest revision of its alert. */
export type Case = {
  readonly incident: Incident
  record: AlertRecord
  facts: KnownFacts
  causes: readonly Cause[]
}

export type DeskDeps = {
  readonly store: Store
  readonly tenant: string
  readonly state: TenantState
  readonly sources: Sources
  readonly marks: Marks
  isMuted(record: Pick<AlertRecord, 'scope' | 'metric'>): boolean
}

/**
 * Makes revisions of what happened: an incident that opened is looked into (where it comes from, what was changed then),
 * one that goes on is told of again only when more is known of it.
 *
 * @param happened the last thing that happened to each incident
 */
export async function revisionsOf(
  deps: DeskDeps,
  cases: Map<string, Case>,
  happened: ReadonlyMap<Incident, Happening['what']>,
): Promise<Revision[]> {
  const revisions: Revision[] = []
  for (const [incident, what] of happened) {
    const id = idOf(deps.tenant, incident)
    const known = cases.get(id)
    if (known !== undefined && isEnded(known.record) && what !== 'ended') continue
    const looked = what === 'opened' || what === 'grew' || known === undefined || isYoung(incident)
    const facts = looked ? await readFacts(deps.store, deps.tenant, incident, zoneOf(deps, incident)) : known.facts
    const causes = looked ? await causesOf(deps.store, deps.tenant, incident) : known.causes
    const fresh = recordWith(deps, incident, facts, causes, known?.record)
    const record = known === undefined ? fresh : nextOf(known.record, fresh, what)
    if (record === undefined) continue
    cases.set(id, { incident, record, facts, causes })
    revisions.push({ record, life: JSON.stringify({ incident, facts, causes }) })
  }
  return revisions
}

/** A case as its last revision left it. */
export function caseOf({ life, record }: Revision): Case {
  const saved = JSON.parse(life) as Omit<Case, 'record'>
  return { ...saved, record }
}

function recordWith(
  deps: DeskDeps,
  incident: Incident,
  facts: KnownFacts,
  causes: readonly Cause[],
  before: AlertRecord | undefined,
): AlertRecord {
  const { isMuted, marks, sources, state, tenant } = deps
  const situation = situationOf(state, incident, { ...facts, ...renewalOf(incident, zoneOf(deps, incident)) })
  const scope = scopeOfKey(incident.scope)
  const group = groupOf(state, incident.metric === 'orders' ? COMMERCE : (scope.platform ?? incident.group))
  const newest = Math.max(...marks.values())
  const own = (sources.groups.get(incident.group)?.sources ?? []).map((source) => marks.get(source) ?? newest)
  const watermark_ms = Math.min(...own, newest)
  return recordOf(
    incident,
    {
      tenant,
      isForgotten: isForgotten(state, incident),
      classified: classify(situation),
      signals: situation.signals,
      causes,
      value_micros: group.value_micros,
      currency: group.currency,
      watermark_ms,
      data_age_ms: newest - watermark_ms,
      muted: isMuted({ scope, metric: incident.metric }),
    },
    before,
  )
}

/** Of the account that an incident is in; undefined where it is in none, or in all of them. */
function zoneOf({ sources }: DeskDeps, { scope }: Incident): string | undefined {
  const { platform } = scopeOfKey(scope)
  return platform === undefined ? undefined : sources.groups.get(platform)?.zone || undefined
}

/** Not every hour that an incident goes on is news: its class, scope, severity and end are, and once a day its numbers. */
function nextOf(before: AlertRecord, fresh: AlertRecord, what: Happening['what']): AlertRecord | undefined {
  const { revision: _, state, ...changes } = fresh
  if (what === 'ended') return revise(before, { ...changes, state })
  const more =
    fresh.cause_class !== before.cause_class ||
    fresh.severity !== before.severity ||
    JSON.stringify(fresh.scope) !== JSON.stringify(before.scope) ||
    Date.parse(fresh.last_at) - Date.parse(before.last_at) >= TELL_AGAIN_MS
  if (!more) return undefined
  const reason = what === 'grew' ? 'grew' : fresh.cause_class === before.cause_class ? 'grew' : 'explained'
  return revise(before, { ...changes, reason })
}

/** While an incident is young every bucket may tell another cause. */
function isYoung({ abnormal_ms, grain, onset_ms }: Incident): boolean {
  return abnormal_ms - onset_ms <= 6 * GRAINS[grain].ms
}

const TELL_AGAIN_MS = 86_400_000
