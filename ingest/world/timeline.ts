import { DAY_MS, HOUR_MS } from '../../schemas/zone.ts'
import { orderEvent, refundEvent } from './commerce/event.ts'
import { deliveryEvent, type MoneyWriter } from './delivery/event.ts'
import { generatorsOf } from './generators.ts'
import type { Injection } from './injection.ts'
import type { Arrival, Recorder, WorldEvent } from './model.ts'
import type { WorldSpec } from './spec.ts'
import { dayStart } from './time.ts'

/** The events of a world in the order in which they are delivered. */
export type Timeline = {
  readonly at_ms: number
  /** Events due from `at_ms` to before `to_ms`; what comes twice has equal content. */
  advance(to_ms: number): WorldEvent[]
  /** When the last event that is known so far is due; after the last day this is the end of the closed world. */
  lastDue(): number
}

/**
 * A timeline that begins at an instant, whether the world was followed until then or not: what is on its way at that
 * instant is drawn again from the days before.
 *
 * @param last_day local day after which nothing new begins (what had begun still runs its course)
 */
export function timeline(
  spec: WorldSpec,
  injections: readonly Injection[],
  from_ms: number,
  last_day: number,
): Timeline {
  const mailbox = newMailbox(spec, from_ms)
  const generators = generatorsOf(spec, injections).map((generator) => {
    const wanted = Math.floor(from_ms / DAY_MS) - generator.lookback_days - 1
    const next = Math.max(spec.first_day, wanted)
    for (let day = Math.max(spec.first_day, next - generator.plan_days); day < next; day++) generator.prepare(day)
    return { ...generator, next }
  })
  let at_ms = from_ms

  return {
    get at_ms() {
      return at_ms
    },
    advance(to_ms) {
      for (const generator of generators) {
        while (generator.next <= last_day && dayStart(generator.zone, generator.next - generator.lead_days) < to_ms) {
          generator.day(generator.next, mailbox)
          generator.next++
        }
      }
      at_ms = Math.max(at_ms, to_ms)
      return mailbox.take(to_ms)
    },
    lastDue: mailbox.lastDue,
  }
}

/** Written when it is delivered: a draft is half the size, and it waits for days. */
type Letter = { readonly due_ms: number; readonly write: () => WorldEvent }

/** Letters by hour of delivery; what was due before the beginning has been delivered and is not kept. */
function newMailbox(spec: WorldSpec, from_ms: number) {
  const hours = new Map<number, Letter[]>()
  const money: MoneyWriter = spec.money_as_text
    ? (units, unit_micros) => String((units * unit_micros) / 1e6)
    : (units, unit_micros) => (units * unit_micros) / 1e6
  let open_ms = from_ms
  let last_ms = from_ms

  function post({ due_ms, again_ms }: Arrival, write: () => WorldEvent): void {
    drop(due_ms, write)
    if (again_ms > 0) drop(again_ms, write)
  }

  function drop(due_ms: number, write: () => WorldEvent): void {
    if (due_ms < open_ms) return
    if (due_ms > last_ms) last_ms = due_ms
    const hour = Math.floor(due_ms / HOUR_MS)
    const letters = hours.get(hour)
    if (letters === undefined) hours.set(hour, [{ due_ms, write }])
    else letters.push({ due_ms, write })
  }

  const recorder: Recorder = {
    order(order) {
      for (const version of order.versions) post(version, () => orderEvent(order, version, money))
      for (const refund of order.refunds) post(refund, () => refundEvent(order, refund, money))
    },
    delivery(row) {
      for (const look of row.looks) post(look, () => deliveryEvent(row, look, money))
    },
    other: post,
  }

  return {
    ...recorder,
    lastDue: () => last_ms,
    take(to_ms: number): WorldEvent[] {
      const taken: WorldEvent[] = []
      for (let hour = Math.floor(open_ms / HOUR_MS); hour * HOUR_MS < to_ms; hour++) {
        const letters = hours.get(hour)
        if (letters === undefined) continue
        letters.sort((a, b) => a.due_ms - b.due_ms)
        const rest = letters.findIndex(({ due_ms }) => due_ms >= to_ms)
        const due = rest === -1 ? letters : letters.slice(0, rest)
        for (const { write } of due) taken.push(write())
        if (rest === -1) hours.delete(hour)
        else hours.set(hour, letters.slice(rest))
      }
      open_ms = Math.max(open_ms, to_ms)
      return taken
    },
  }
}
