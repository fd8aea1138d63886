import { TOPICS } from '../../schemas/topics.ts'
import type { Log } from '../log/port.ts'
import type { Store } from '../store/client.ts'
import type { Vault } from '../vault/port.ts'
import { type AlertPlace, alertPlaces } from './alert-places.ts'
import { type FactPlace, factPlaces } from './fact-places.ts'
import { type LetterPlace, letterPlaces } from './letter-places.ts'
import { type LogPlace, logPlaces } from './log-places.ts'
import { type Observed, observations } from './observations.ts'
import type { TraceRequest } from './request.ts'
import { type WindowPlace, windowPlaces } from './window-places.ts'

/** Where the events of one id are. Documented field by field in docs/trace.md. */
export type Trace = {
  readonly tenant: string
  readonly id: string
  /** What was taken for a fact, in the order of the log; of each identity one is current. */
  readonly observations: readonly (Observed & {
    readonly in_log: boolean
    readonly facts: readonly FactPlace[]
    readonly windows: readonly WindowPlace[]
    readonly alerts: readonly AlertPlace[]
  })[]
  readonly dead_letters: readonly LetterPlace[]
  /** On the log, and neither of the above: not read yet, or a duplicate. */
  readonly records: readonly (LogPlace & { readonly state: 'pending' | 'duplicate' })[]
}

export type TraceDeps = {
  readonly log: Log
  readonly store: Store
  readonly vault: Vault
  /** The group of the main pipeline: what it has committed is in the store. */
  readonly group: string
  /** Of the tenant. */
  readonly zone: string
}

/**
 * Follows one id from the log to the facts, the windows and the alerts about them, or the dead letters. It reads what is committed: an event that
 * is on its way while this looks is `pending`.
 */
export async function traceEvent(deps: TraceDeps, request: TraceRequest): Promise<Trace> {
  const { log, store, vault, group, zone } = deps
  const topic = TOPICS.events.name
  // Before the store is asked: what is committed now is in what it answers, what is not is looked for on the log.
  const committed = (await log.groupOffsets(group, topic)).map(({ offset }) => Math.max(0, offset))
  const bounds = await log.bounds(topic)
  const records = await logPlaces(log, topic, bounds, request, request.whole_log === true ? [] : committed)
  const observed = (await observations(store, topic, request)).filter((one) => one.offset < committed[one.partition]!)
  const dead_letters = await letterPlaces(store, vault, request)

  const taken = new Set([...observed, ...dead_letters].map(({ partition, offset }) => `${partition}/${offset}`))
  const facts = await factPlaces(store, topic, request.tenant, observed)
  const windows = await windowPlaces(store, topic, request.tenant, observed)
  const alerts = await alertPlaces(store, request.tenant, zone, windows)
  return {
    tenant: request.tenant,
    id: request.id,
    observations: observed.map((one, at) => ({
      ...one,
      in_log: one.offset >= (bounds[one.partition]?.start ?? 0),
      facts: facts[at]!,
      windows: windows[at]!,
      alerts: alerts[at]!,
    })),
    dead_letters,
    records: records
      .filter(({ partition, offset }) => !taken.has(`${partition}/${offset}`))
      .map((record) => ({ ...record, state: record.offset < committed[record.partition]! ? 'duplicate' : 'pending' })),
  }
}

/** Whether nothing at all is known of the id. */
export function isUnknown({ dead_letters, observations, records }: Trace): boolean {
  return observations.length === 0 && dead_letters.length === 0 && records.length === 0
}
