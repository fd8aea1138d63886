import { setTimeout as delay } from 'node:timers/promises'
import { type Store, StoreError } from '../../pipelines/store/client.ts'
import { SQL_LIMITS } from './limits.ts'

/**
 * Waits until the store no longer runs a statement whose answer broke off. The engine looks at its clock and at
 * cancellations between blocks only: a statement may go on when nobody waits for it, and its place is taken for so long.
 *
 * A store that is away is asked again: after its restart the statement is gone. One that does not say what it runs
 * (a server without `GRANT SELECT ON system.processes`) is trusted to keep its own limit of time.
 *
 * @param closing  ends the wait
 */
export async function untilEnded(store: Store, query_id: string, closing: AbortSignal): Promise<void> {
  let waited_ms = 0
  // The first look is not at once: what was stopped on its way to the engine may still reach it.
  for (let wait_ms = FIRST_MS; !closing.aborted; wait_ms = Math.min(wait_ms * 2, LONGEST_MS)) {
    await delay(wait_ms, undefined, { ref: false, signal: closing }).catch(() => {})
    waited_ms += wait_ms
    try {
      const [row] = await store.query<{ running: number }>(RUNNING, { id: query_id }, { signal: closing })
      if (row?.running === 0) return
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      if (error.kind === 'rejected' && waited_ms >= SQL_LIMITS.stream_seconds_max * 1_000) return
    }
  }
}

/** The embedded store gives statements ids of its own and keeps ours as the first word of `log_comment`. */
const RUNNING = `SELECT toUInt32(count()) AS running FROM system.processes
  WHERE query_id = {id:String} OR splitByChar(' ', Settings['log_comment'])[1] = {id:String}`
const FIRST_MS = 100
const LONGEST_MS = 2_000
