import type { Claim, Consumer, Log } from '../log/port.ts'

/**
 * Runs work for each partition of a topic that is this process's to serve, until the signal. On the embedded log that is
 * all of them, since there is one process. On Kafka it is what the group assigns: a partition is served by one process
 * at a time, but for the moment in which one that was slow to notice still ends its last request.
 */
export async function holdPartitions(
  log: Log,
  group: string,
  topic: string,
  work: (partition: number, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const ended = Promise.withResolvers<void>()
  // Work that fails while the group is still being joined is told of at its end, and is no unhandled rejection meanwhile.
  ended.promise.catch(() => undefined)
  const stop = () => ended.resolve()
  if (signal.aborted) return
  signal.addEventListener('abort', stop, { once: true })
  const serving = new Map<number, { readonly stop: AbortController; readonly done: Promise<void> }>()

  function serve(partition: number): void {
    const own = new AbortController()
    const done = work(partition, AbortSignal.any([signal, own.signal])).catch((error) => {
      if (!own.signal.aborted) ended.reject(error)
    })
    serving.set(partition, { stop: own, done })
  }

  async function release(partition: number): Promise<void> {
    const held = serving.get(partition)
    serving.delete(partition)
    held?.stop.abort()
    await held?.done
  }

  let consumer: Consumer | undefined
  try {
    if (log.kind === 'embedded') {
      for (let partition = 0; partition < (await log.partitions(topic)); partition += 1) serve(partition)
    } else {
      consumer = await log.join(group, [topic], {
        onAssigned: ({ partition }: Claim) => serve(partition),
        onRevoked: ({ partition }: Claim) => release(partition),
        onFailed: (error) => ended.reject(error),
      })
    }
    await ended.promise
  } finally {
    signal.removeEventListener('abort', stop)
    await consumer?.close()
    await Promise.all([...serving.keys()].map(release))
  }
}
