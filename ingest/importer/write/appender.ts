import { unpackRecords } from '../../../pipelines/log/packed.ts'
import { type AppendRecord, type Log, LogError, type PackedRecords } from '../../../pipelines/log/port.ts'
import { ImportError } from '../error.ts'
import { LIMITS } from '../limits.ts'
import type { Parcel } from './batch-records.ts'

export type Appender = {
  /**
   * Appends in the order of the calls and resolves with the offset behind the last record once all are durable;
   * undefined where there is none. Rejects, and so does every later call for any partition, when the log fails.
   */
  add(partition: number, parcel: Parcel): Promise<number | undefined>
}

/**
 * One append at a time and partition. Records that wait meanwhile go out together with the next; packed ones go as they
 * are, for whoever packed them has made them large. The queue is bounded by the batches that the thread may have in
 * flight.
 */
export function makeAppender(
  log: Pick<Log, 'append' | 'appendPacked' | 'kind'>,
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
        let end = await appendPatiently(group, partition)
        for (const one of group) {
          end += one.count
          one.resolve(end)
        }
      } catch (error) {
        failure ??= error
        for (const one of group) one.reject(failure)
      }
    }
    busy[partition] = false
  }

  /** @returns the first offset */
  async function appendPatiently(group: readonly Piece[], partition: number): Promise<number> {
    const { packed } = group[0]!
    const records = group.flatMap((one) => one.records)
    let waited_ms = 0
    for (let pause_ms = 20; ; pause_ms = Math.min(1000, pause_ms * 2)) {
      try {
        return packed === undefined
          ? await log.append(topic, partition, records)
          : await log.appendPacked!(topic, partition, packed)
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
    async add(partition, { packed, records }) {
      const pieces = [...packedPieces(log, packed, bytesMax), ...piecesOf(records, bytesMax)]
      const ends = pieces.map(
        (piece) => new Promise<number>((resolve, reject) => queues[partition]!.push({ ...piece, resolve, reject })),
      )
      if (!busy[partition]) void pump(partition)
      return (await Promise.all(ends)).at(-1)
    },
  }
}

type Piece = {
  readonly packed: PackedRecords | undefined
  readonly records: readonly AppendRecord[]
  readonly count: number
  readonly bytes: number
}
type Waiting = Piece & { readonly resolve: (end: number) => void; readonly reject: (error: unknown) => void }

function takeGroup(queue: Waiting[], bytesMax: number): Waiting[] {
  const group = [queue.shift()!]
  let bytes = group[0]!.bytes
  if (group[0]!.packed !== undefined) return group
  while (queue.length > 0 && queue[0]!.packed === undefined && bytes + queue[0]!.bytes <= bytesMax) {
    bytes += queue[0]!.bytes
    group.push(queue.shift()!)
  }
  return group
}

/** As it is packed where the log takes that, else one by one. */
function packedPieces(log: Pick<Log, 'appendPacked'>, packed: PackedRecords | undefined, bytesMax: number): Piece[] {
  if (packed === undefined || packed.count === 0) return []
  if (log.appendPacked === undefined) return piecesOf(unpackRecords(packed), bytesMax)
  return [{ packed, records: [], count: packed.count, bytes: packed.bytes.length }]
}

function piecesOf(records: readonly AppendRecord[], bytesMax: number): Piece[] {
  if (records.length === 0) return []
  const pieces: Piece[] = []
  let from = 0
  let bytes = 0
  const piece = (some: readonly AppendRecord[]) =>
    pieces.push({ packed: undefined, records: some, count: some.length, bytes })
  for (const [i, record] of records.entries()) {
    // The log's own framing is some tens of bytes; 64 is more than either adapter adds.
    const own = (record.key?.length ?? 0) + (record.value?.length ?? 0) + 64
    if (bytes > 0 && bytes + own > bytesMax) {
      piece(records.slice(from, i))
      from = i
      bytes = 0
    }
    bytes += own
  }
  piece(records.slice(from))
  return pieces
}
