import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultKind } from './plan.ts'
import type { Sender } from './sender.ts'
import type { Stack } from './stack/stack.ts'

export type Done = {
  readonly kind: FaultKind
  /** Events accepted when it began. */
  readonly at: number
  /** From its beginning until all that was accepted before its end could be queried. */
  readonly recovered_ms: number
}

export type Place = { readonly partition: number; readonly end: number; readonly committed: number }

/**
 * Waits until the engine works again: it has answered another request (if any is left to be sent), tells how far it is,
 * and has committed everything that was on the log then.
 */
export async function recovered(stack: Stack, sender: Sender): Promise<void> {
  const began = performance.now()
  const until = began + RECOVERY_MAX_MS
  await sender.next()
  let wanted: readonly Place[] | undefined
  for (; ; await sleep(Math.max(POLL_MS, POLL_SHARE * (performance.now() - began)))) {
    const now = await progressOf(stack)
    wanted ??= now
    if (now !== undefined && wanted!.every(({ end, partition }) => (now[partition]?.committed ?? -1) >= end)) return
    if (performance.now() > until)
      throw new Error(`not recovered after ${RECOVERY_MAX_MS} ms: ${JSON.stringify({ wanted, now })}`)
  }
}

const RECOVERY_MAX_MS = 90_000
/** The answer costs the store about as much as a batch, so whoever recovers slowly is asked less often: */
const POLL_MS = 100
/** by this share the time to recover may be told too long. */
const POLL_SHARE = 0.1

/** How far the pipeline is in each partition, by the engine's own word; undefined while it gives none. */
export async function progressOf(stack: Stack): Promise<Place[] | undefined> {
  const url = stack.query.url()
  if (url === undefined) return undefined
  try {
    const headers = { authorization: `Bearer ${await stack.home.key()}` }
    const response = await fetch(`${url}/v1/status`, { headers, signal: AbortSignal.timeout(STATUS_TIMEOUT_MS) })
    if (response.status === 503) return undefined
    if (response.status !== 200) throw new StatusError(`/v1/status: ${response.status} ${await response.text()}`)
    const { pipelines } = (await response.json()) as { pipelines: { partitions: Place[] }[] }
    return pipelines[0]!.partitions.map((place) => ({ ...place, committed: Math.max(0, place.committed) }))
  } catch (error) {
    if (error instanceof StatusError) throw error
    // Nobody answers, or too late.
    return undefined
  }
}

class StatusError extends Error {}
const STATUS_TIMEOUT_MS = 5_000
