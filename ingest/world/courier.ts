import type { Arrival } from './model.ts'
import type { Random } from './random.ts'
import type { Courier } from './spec.ts'

/** When an event that happened at `occurred_ms` arrives: late now and then, twice now and then. Draws from `random`. */
export function send(random: Random, courier: Courier, occurred_ms: number): Arrival {
  const due_ms = occurred_ms + delay(random, courier)
  return { occurred_ms, due_ms, again_ms: again(random, courier, due_ms) }
}

/** Time on the way in ms, at least a second. */
export function delay(random: Random, courier: Courier): number {
  const usual = 1000 + random.below(courier.usual_ms)
  if (!random.chance(courier.late)) return usual
  return usual + Math.min(courier.late_max_ms, Math.floor(random.exponential(courier.late_ms)))
}

/** When the event arrives once more, or 0: mostly a retry within minutes, sometimes days later. */
export function again(random: Random, courier: Courier, due_ms: number): number {
  if (!random.chance(courier.doubled)) return 0
  const span_ms = random.chance(0.1) ? courier.late_max_ms : 300_000
  return due_ms + 1 + random.below(span_ms)
}
