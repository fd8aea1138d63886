import { DAY_MS, HOUR_MS } from '../../schemas/zone.ts'
import type { WorldEvent } from './model.ts'
import type { WorldSpec } from './spec.ts'
import { timeline } from './timeline.ts'
import { sumTruth, type TruthKey, type TruthOptions, type TruthRow } from './truth.ts'
import { type TruthLine, truthLines } from './truth-lines.ts'
import { KNOWN_ANSWER_END_MS, knownAnswerSpec } from './worlds/known-answer.ts'
import { firstDayFor, randomSpec } from './worlds/random.ts'

/**
 * A simulated business with its exact truth. All of it follows from the spec (with its seed) and the injections:
 * asking twice gives the same, on any machine.
 */
export type World = {
  /** Worlds are written to this tenant only. */
  readonly tenant: 'demo'
  readonly spec: WorldSpec
  readonly start_ms: number
  /** End of the history; live time begins here. */
  readonly end_ms: number
  /** What has been delivered by the end of the history, in delivery order; what comes later belongs to live time. */
  history(): Iterable<WorldEvent[]>
  /** What has been delivered by an instant, of what began by the last day: parts of `history` and `closed`. */
  timeline(to_ms: number, last_day: number): Iterable<WorldEvent[]>
  /** Everything that began in the history's days, until its last restatement and refund has been delivered. */
  closed(): Iterable<WorldEvent[]>
  truth(options?: TruthOptions): TruthLine[]
  truthBy(by: readonly (keyof TruthKey)[], options?: TruthOptions): TruthRow[]
}

/** The largest batch that a world hands out. */
export const BATCH_EVENTS_MAX = 2000

/** Days of history of a world that is made from a seed. */
export const SEEDED_DAYS = 60

/** The known-answer world by its name, or one made up from any other name or number. History ends on 2026-01-01. */
export function createWorld(nameOrSeed: string | number, options: { readonly days?: number } = {}): World {
  if (nameOrSeed === 'known-answer') {
    const spec = knownAnswerSpec()
    return worldOf(options.days === undefined ? spec : { ...spec, days: options.days })
  }
  const days = options.days ?? SEEDED_DAYS
  const first_day = firstDayFor(KNOWN_ANSWER_END_MS, days)
  const sizes = { slices: 'any', groups: 3, subscribers: 300, guests: 30, ads: 6 } as const
  return worldOf(randomSpec(nameOrSeed, { days, first_day, courier: 'usual', ...sizes }))
}

/** A world of some thousand events for property tests: every kind of event, badly delivered, across a clock change. */
export function smallWorld(seed: string | number, options: SmallOptions = {}): World {
  const { days = 5, slices = 'any' } = options
  const sizes = { groups: 1, subscribers: 20, guests: 5, ads: 2 }
  return worldOf(randomSpec(seed, { days, slices, first_day: 'clock_change', courier: 'heavy', ...sizes }))
}

export type SmallOptions = {
  readonly days?: number
  /** `one`: no account sends the same delivery by the hour and by the day, so sums are clear half-way as well. */
  readonly slices?: 'one' | 'any'
}

/** The world of a spec. */
export function worldOf(spec: WorldSpec): World {
  const start_ms = spec.first_day * DAY_MS
  const end_ms = start_ms + spec.days * DAY_MS
  // East of Greenwich the first local day begins before that of UTC.
  const from_ms = start_ms - DAY_MS
  return {
    tenant: 'demo',
    spec,
    start_ms,
    end_ms,
    timeline: (to_ms, last_day) => batches(spec, from_ms, to_ms, last_day),
    history: () => batches(spec, from_ms, end_ms, Number.POSITIVE_INFINITY),
    closed: () => batches(spec, from_ms, Number.POSITIVE_INFINITY, spec.first_day + spec.days - 1),
    truth: (options) => truthLines(spec, options),
    truthBy: (by, options) => sumTruth(spec, by, options),
  }
}

function* batches(spec: WorldSpec, from_ms: number, to_ms: number, last_day: number): Generator<WorldEvent[]> {
  const line = timeline(spec, [], from_ms, last_day)
  const all_begun_ms = (spec.first_day + spec.days + 1) * DAY_MS
  let waiting: WorldEvent[] = []
  for (let at_ms = from_ms; at_ms < to_ms && (at_ms <= all_begun_ms || at_ms <= line.lastDue()); ) {
    at_ms = Math.min(to_ms, at_ms + 6 * HOUR_MS)
    const due = line.advance(at_ms)
    waiting = waiting.length === 0 ? due : waiting.concat(due)
    let sent = 0
    for (; waiting.length - sent >= BATCH_EVENTS_MAX; sent += BATCH_EVENTS_MAX) {
      yield waiting.slice(sent, sent + BATCH_EVENTS_MAX)
    }
    if (sent > 0) waiting = waiting.slice(sent)
  }
  if (waiting.length > 0) yield waiting
}
