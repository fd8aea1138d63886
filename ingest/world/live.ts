import { type Injection, readInjection } from './injection.ts'
import type { WorldEvent } from './model.ts'
import { type Timeline, timeline } from './timeline.ts'
import type { World } from './world.ts'

/** World milliseconds per millisecond on the wall: 10 minutes a second. */
export const LIVE_PACE = 600

/** A world that goes on. Its state is its time and its injections; everything else is drawn again from the seed. */
export type LiveWorld = {
  readonly at_ms: number
  readonly injections: readonly Injection[]
  /** The events that have become due since the last call, in delivery order. Going back in time gives none. */
  advance(to_ms: number): WorldEvent[]
  /** Adds an injection that begins at the present world time; see {@link readInjection} for its form. */
  inject(raw: unknown): ReturnType<typeof readInjection>
}

/** Goes on with a world at a world time (the end of its history at first, the stored time after a restart). */
export function startLive(world: World, at_ms: number, injections: readonly Injection[] = []): LiveWorld {
  const { spec } = world
  let known = [...injections]
  let line: Timeline = timeline(spec, known, at_ms, Number.POSITIVE_INFINITY)
  return {
    get at_ms() {
      return line.at_ms
    },
    get injections() {
      return known
    },
    advance: (to_ms) => line.advance(to_ms),
    inject(raw) {
      const result = readInjection(spec, raw, line.at_ms)
      if (!result.ok) return result
      known = [...known, result.injection]
      // What is on its way may be changed by it, what has happened is not: all of it is drawn again.
      line = timeline(spec, known, line.at_ms, Number.POSITIVE_INFINITY)
      return result
    },
  }
}

/** For the route `POST /v1/world/inject`. */
export function inject(live: LiveWorld, raw: unknown): ReturnType<typeof readInjection> {
  return live.inject(raw)
}

export type WorldClock = { readonly world_ms: number; readonly wall_ms: number }

/** World time at a wall time, from a pair of times that belong together; never ahead of the wall. */
export function worldTime(start: WorldClock, wall_now_ms: number): number {
  return Math.min(wall_now_ms, start.world_ms + Math.max(0, wall_now_ms - start.wall_ms) * LIVE_PACE)
}
