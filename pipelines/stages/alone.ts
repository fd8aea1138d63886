import { TOPICS } from '../../schemas/topics.ts'
import type { Claim, Log } from '../log/port.ts'

/** Work that one process at a time may do. It ends soon after its signal. */
export type LoneWork = (signal: AbortSignal) => Promise<void>

/**
 * Runs work in one process of all that share a log. An embedded log has one process anyway; with Kafka it is the one
 * that holds the only partition of the window changes in a group of this name. Work that was taken away elsewhere may
 * overlap with its successor for some seconds: what it writes must be fenced, or the same whoever writes it.
 *
 * @throws what the work throws; LogError when the group cannot go on
 */
export async function runAlone(log: Log, name: string, work: LoneWork, signal: AbortSignal): Promise<void> {
  if (log.kind === 'embedded') return work(signal)
  const failed = Promise.withResolvers<never>()
  const running = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>()
  const consumer = await log.join(`omnify.${name}`, [TOPICS.window_changes.name], {
    onAssigned(claim) {
      if (claim.partition !== 0) return
      const stop = new AbortController()
      const ended = work(AbortSignal.any([signal, stop.signal])).catch(failed.reject)
      running.set(keyOf(claim), { stop, ended })
    },
    async onRevoked(claim) {
      const held = running.get(keyOf(claim))
      running.delete(keyOf(claim))
      held?.stop.abort()
      await held?.ended
    },
    onFailed: failed.reject,
  })
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  try {
    await Promise.race([stopped, failed.promise])
  } finally {
    for (const { stop } of running.values()) stop.abort()
    await Promise.all([...running.values()].map(({ ended }) => ended))
    await consumer.close()
  }
}

function keyOf({ generation, partition, topic }: Claim): string {
  return `${topic}/${partition}/${generation}`
}
