/** What is held, up to a number of bytes; the longest unused goes first. */
export type HeldAnswers<T> = {
  /** @returns undefined for what is not held, or was held of another version */
  get(key: string, version: string): T | undefined
  /** Does nothing with one that is larger than an answer may be. */
  put(key: string, version: string, value: T, bytes: number): void
  bytes(): number
}

export function holdAnswers<T>(bytes_max: number, answer_bytes_max: number): HeldAnswers<T> {
  const held = new Map<string, { version: string; value: T; bytes: number }>()
  let bytes = 0

  function drop(key: string): void {
    bytes -= held.get(key)?.bytes ?? 0
    held.delete(key)
  }

  return {
    get(key, version) {
      const entry = held.get(key)
      if (entry === undefined) return undefined
      held.delete(key)
      if (entry.version !== version) {
        bytes -= entry.bytes
        return undefined
      }
      held.set(key, entry)
      return entry.value
    },
    put(key, version, value, value_bytes) {
      drop(key)
      const size = value_bytes + 2 * (key.length + version.length) + ENTRY_BYTES
      if (size > answer_bytes_max) return
      held.set(key, { version, value, bytes: size })
      bytes += size
      for (const oldest of held.keys()) {
        if (bytes <= bytes_max) return
        drop(oldest)
      }
    },
    bytes: () => bytes,
  }
}

/** An entry of a map with its objects and headers, about. */
const ENTRY_BYTES = 1_000
