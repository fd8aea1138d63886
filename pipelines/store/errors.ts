import { ClickHouseError } from '@clickhouse/client'

/**
 * A failed call to the store.
 *
 * - `unavailable`: no answer, or an answer that says "later"; the same call may work in a moment.
 * - `memory`: over a memory limit (code 241); retryable, with less at once.
 * - `overloaded`: too many parts or queries (252, 202): back-pressure, retryable.
 * - `timeout`: no answer in time; what the call did is unknown.
 * - `cancelled`: stopped by us or by KILL QUERY.
 * - `rejected`: the statement or its data is wrong; trying again cannot help.
 */
export class StoreError extends Error {
  /** ClickHouse's error code; 0 when the store gave none (connection refused, reset, timeout). */
  readonly code: number
  readonly kind: StoreErrorKind
  readonly retryable: boolean
  constructor(kind: StoreErrorKind, code: number, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'StoreError'
    this.kind = kind
    this.code = code
    this.retryable = kind === 'unavailable' || kind === 'memory' || kind === 'overloaded' || kind === 'timeout'
  }
}

export type StoreErrorKind = 'unavailable' | 'memory' | 'overloaded' | 'timeout' | 'cancelled' | 'rejected'

/** @param doing  what was asked for, for the message: `inserting into facts` */
export function storeErrorOf(cause: unknown, doing: string): StoreError {
  if (cause instanceof StoreError) return cause
  const text = cause instanceof Error ? cause.message.trim() : String(cause)
  if (cause instanceof ClickHouseError) {
    const code = Number(cause.code)
    return new StoreError(KINDS.get(code) ?? 'rejected', code, `${doing}: ${text} (${cause.type ?? ''} ${code})`, {
      cause,
    })
  }
  if (/^Timeout error/i.test(text)) return new StoreError('timeout', 0, `${doing}: no answer in time`, { cause })
  if (/aborted a request/i.test(text)) return new StoreError('cancelled', 0, `${doing}: cancelled`, { cause })
  return new StoreError('unavailable', 0, `${doing}: ${text || String((cause as { code?: unknown }).code)}`, { cause })
}

/**
 * Codes that may pass by themselves, as ClickHouse's own Kafka Connect sink has them, with 236 (the server is stopping)
 * and 439 (no thread could be started).
 */
const KINDS: ReadonlyMap<number, StoreErrorKind> = new Map([
  ...([3, 107, 164, 203, 210, 236, 242, 285, 319, 425, 439, 999] as const).map(
    (code) => [code, 'unavailable'] as const,
  ),
  [159, 'timeout'],
  [209, 'timeout'],
  [202, 'overloaded'],
  [252, 'overloaded'],
  [241, 'memory'],
  [394, 'cancelled'],
])
