import type { Clock } from '../../pipelines/clock.ts'

/**
 * Remembers what was read, by key. What is older than `fresh_ms` is read anew in the background while the old one is
 * given out; what is older than `stale_ms` is waited for. Readings of one key never overlap, and one that fails leaves
 * what there was.
 */
export function recent<T>(
  clock: Clock,
  { fresh_ms, stale_ms }: { readonly fresh_ms: number; readonly stale_ms: number },
  read: (key: string) => Promise<T>,
): (key: string) => Promise<T> {
  const known = new Map<string, { at_ms: number; value: T }>()
  const reading = new Map<string, Promise<T>>()

  function refresh(key: string): Promise<T> {
    const under_way = reading.get(key)
    if (under_way !== undefined) return under_way
    const at_ms = clock()
    const next = read(key).then((value) => {
      if (known.size >= KEYS_MAX) known.clear()
      known.set(key, { at_ms, value })
      return value
    })
    reading.set(key, next)
    const done = () => reading.delete(key)
    // A failure in the background is nobody's: who has to wait for the next reading is told of that one's.
    next.then(done, done)
    return next
  }

  return async (key) => {
    const entry = known.get(key)
    const age_ms = entry === undefined ? Number.POSITIVE_INFINITY : clock() - entry.at_ms
    if (entry === undefined || age_ms >= stale_ms) return refresh(key)
    if (age_ms >= fresh_ms) void refresh(key)
    return entry.value
  }
}

const KEYS_MAX = 10_000
