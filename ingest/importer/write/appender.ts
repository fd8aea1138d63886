import { type AppendRecord, type Log, LogError } from '../../../pipelines/log/port.ts'
import { ImportError } from '../error.ts'
import { LIMITS } from '../limits.ts'

export type Appender = {
  /**
   * Appends in the order of the calls and resolves with the offset behind the last record once all are durable.
   * Rejects, and so does every later call for any partition, when the log fails.
   */
  add(partition: number, records: readonly AppendRecord[]): Promise<number>
}

/**
 * One append at a time and partition; what waits meanwhile goes out together with the next. So a slow disk makes the
 * groups larger and not the queue: that one is bounded by the batches that the thread may have in flight.
 */
export function makeAppender(
  log: Pick<Log, 'append' | 'kind'>,
  topic: string,
  partitions: number,
  sleep: (ms: number) => Promise<unknown>,
): Appender {
  const queues = Array.from({ length: partitions }, (): Waiting[] => [])
  const busy = new Array<boolean>(partitions).fill(false)
  const bytesMax = LIMITS.append_bytes_max[log.kind]
  let failure: unknown

  async function pump(partition: number): Promise<void> {
    const queue = queues[partition]!
    busy[partition] = true
    while (queue.length > 0) {
      const group = takeGroup(queue, bytesMax)
      try {
        if (failure !== undefined) throw failure
        const first = await appendPatiently(
          group.flatMap((one) => one.records),
          partition,
        )
        let end = first
        for (const one of group) {
          end += one.records.length
          one.resolve(end)
        }
      } catch (error) {
        failure ??= error
        for (const one of group) one.reject(failure)
      }
    }
    busy[partition] = false
  }

  async function appendPatiently(records: readonly AppendRecord[], partition: number): Promise<number> {
    let waited_ms = 0
    for (let pause_ms = 20; ; pause_ms = Math.min(1000, pause_ms * 2)) {
      try {
        return await log.append(topic, partition, records)
      } catch (error) {
        // Only `log_slow` promises that nothing was taken, so only it is tried again; after any other failure the
        // next run looks at the log first and goes on behind what is there.
        const slow = error instanceof LogError && error.code === 'log_slow' && waited_ms < LIMITS.log_patience_ms
        if (!slow) {
          const message = `the log took no more: ${(error as Error).message}`
          throw new ImportError('log_failed', `${message}; the same command goes on from here`, { cause: error })
        }
        await sleep(pause_ms)
        waited_ms += pause_ms
      }
    }
  }

  return {
    async add(partition, records) {
      const pieces = piecesOf(records, bytesMax)
      const ends = pieces.map(
        (piece) => new Promise<number>((resolve, reject) => queues[partition]!.push({ ...piece, resolve, reject })),
      )
      if (!busy[partition]) void pump(partition)
      return (await Promise.all(ends)).at(-1)!
    },
  }
}

type Piece = { readonly records: readonly AppendRecord[]; readonly bytes: number }
type Waiting = Piece & { readonly resolve: (end: number) => void; readonly reject: (error: unknown) => void }

function takeGroup(queue: Waiting[], bytesMax: number): Waiting[] {
  const group = [queue.shift()!]
  let bytes = group[0]!.bytes
  while (queue.length > 0 && bytes + queue[0]!.bytes <= bytesMax) {
    bytes += queue[0]!.bytes
    group.push(queue.shift()!)
  }
  return group
}

function piecesOf(records: readonly AppendRecord[], bytesMax: number): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  let bytes = 0
  for (const [i, record] of records.entries()) {
    // The log's own framing is some tens of bytes; 64 is more than either adapter adds.
    const own = (record.key?.length ?? 0) + (record.value?.length ?? 0) + 64
    if (bytes > 0 && bytes + own > bytesMax) {
      pieces.push({ records: records.slice(from, i), bytes })
      from = i
      bytes = 0
    }
    bytes += own
  }
  pieces.push({ records: records.slice(from), bytes })
  return pieces
}
