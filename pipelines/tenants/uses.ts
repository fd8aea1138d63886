import type { TenantStore } from './tenant-store.ts'

/**
 * When keys were last used, written at most once a minute for each. Nobody waits for it, and a store that is away only
 * loses a minute of it.
 */
export function makeUses(store: Pick<TenantStore, 'touchKey'>): Uses {
  const noted = new Map<string, number>()
  const writing = new Set<Promise<void>>()
  return {
    note(id, now_ms) {
      const before = noted.get(id)
      if (before !== undefined && now_ms - before < EVERY_MS) return
      if (noted.size >= NOTED_MAX) noted.clear()
      noted.set(id, now_ms)
      const done = store.touchKey(id, now_ms).catch(() => void noted.delete(id))
      writing.add(done)
      void done.then(() => writing.delete(done))
    },
    settled: async () => void (await Promise.all(writing)),
  }
}

export type Uses = {
  note(id: string, now_ms: number): void
  /** Resolves when what was noted has been written, or could not be. */
  settled(): Promise<void>
}

const EVERY_MS = 60_000
const NOTED_MAX = 10_000
