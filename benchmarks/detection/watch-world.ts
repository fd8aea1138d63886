import type { Injection } from '../../ingest/world/injection.ts'
import type { WorldSpec } from '../../ingest/world/spec.ts'
import { timeline } from '../../ingest/world/timeline.ts'
import type { CauseClass } from '../../models/root-cause/classify.ts'
import { classify } from '../../models/root-cause/classify.ts'
import type { Tick } from '../../pipelines/detect/core/closed-bucket.ts'
import { follow } from '../../pipelines/detect/core/follow.ts'
import type { Incident } from '../../pipelines/detect/core/incident.ts'
import { renewalOf } from '../../pipelines/detect/core/midnight.ts'
import { partsOf, scopeOfKey, TESTED } from '../../pipelines/detect/core/scope.ts'
import { isForgotten, situationOf } from '../../pipelines/detect/core/situation.ts'
import { newTenantState } from '../../pipelines/detect/core/state.ts'
import { judge } from '../../pipelines/detect/core/tick.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/zone.ts'
import { FROM_MS } from './draw-world.ts'
import { FactBook } from './facts.ts'
import { Fold } from './fold.ts'

export type Found = {
  readonly incident: Incident
  /** What it was said to be, last. */
  cause: CauseClass
}

export type Seen = {
  readonly found: readonly Found[]
  /** What came in each bucket of the days that count, by group and start. */
  readonly ticks: ReadonlyMap<string, { readonly tick: Tick; readonly is_late: boolean }>
  readonly groups: readonly string[]
  /** Series that are tested. */
  readonly series: number
}

/** Lives through a world hour by hour, as it is delivered, and tells what the detector made of it. */
export function watchWorld(spec: WorldSpec, injections: readonly Injection[]): Seen {
  const state = newTenantState()
  const fold = new Fold(state)
  const facts = new FactBook()
  const found = new Map<Incident, Found>()
  const ticks = new Map<string, { tick: Tick; is_late: boolean }>()
  const begin_ms = (spec.first_day - 1) * DAY_MS
  const end_ms = (spec.first_day + spec.days) * DAY_MS
  const line = timeline(spec, injections, begin_ms, spec.first_day + spec.days)
  for (let at_ms = begin_ms + HOUR_MS; at_ms <= end_ms; at_ms += HOUR_MS) {
    for (const event of line.advance(at_ms)) {
      fold.take(event)
      facts.take(event)
    }
    for (const tick of fold.close()) {
      const key = tickKey(tick.group, tick.start_ms)
      const is_late = at_ms - tick.start_ms > LATE_MS
      if (tick.start_ms >= FROM_MS && !ticks.has(key)) ticks.set(key, { tick, is_late })
      for (const { incident } of follow(state, tick, judge(state, tick))) {
        if (found.has(incident) && isForgotten(state, incident)) continue
        const { platform } = scopeOfKey(incident.scope)
        const zone = platform && fold.looking.sources.groups.get(platform)?.zone
        const { cause } = classify(
          situationOf(state, incident, { ...facts.of(incident), ...renewalOf(incident, zone) }),
        )
        found.set(incident, { incident, cause })
      }
    }
    // As the stage does: what is long over is not held against what comes.
    state.incidents = state.incidents.filter(({ ended_ms }) => ended_ms === null || ended_ms > at_ms - KEPT_MS)
  }
  const series = [...state.book.places.keys()].filter((name) => TESTED.has(partsOf(name).metric)).length
  const counted = [...found.values()].filter(({ incident }) => incident.opened_ms > FROM_MS)
  return { found: counted, ticks, groups: [...state.groups.keys()], series }
}

export function tickKey(group: string, start_ms: number): string {
  return `${start_ms} ${group}`
}

const KEPT_MS = 7 * DAY_MS
/** What comes later than this after its hour has begun was not there when it was asked for. */
const LATE_MS = 4 * HOUR_MS
