import type { AppendRecord, Log } from '../../pipelines/log/port.ts'
import { hash128 } from '../../schemas/hash.ts'

/** An event of a benchmark's input: its JSON, and what decides its partition. */
export type Keyed = { readonly key: string; readonly json: string }

/** All events of a key lie in one partition. */
export function partitionOfKey(key: string, partitions: number): number {
  hash128(key, 0, words)
  return words[0]! % partitions
}

const words = new Uint32Array(4)

export function recordOf({ json, key }: Keyed): AppendRecord {
  return { key: Buffer.from(key), value: Buffer.from(json) }
}

/** Puts events on a topic. @returns the ends of its partitions */
export async function fillTopic(
  log: Log,
  topic: string,
  events: Iterable<Keyed> | AsyncIterable<Keyed>,
  signal: AbortSignal,
): Promise<number[]> {
  const partitions = await log.partitions(topic)
  const parts: AppendRecord[][] = Array.from({ length: partitions }, () => [])
  const under_way: (Promise<unknown> | undefined)[] = []
  const flush = async (partition: number) => {
    const records = parts[partition]!
    if (records.length === 0) return
    parts[partition] = []
    signal.throwIfAborted()
    // One append on its way per partition: the next waits for it.
    await under_way[partition]
    under_way[partition] = log.append(topic, partition, records)
  }
  for await (const event of events) {
    const partition = partitionOfKey(event.key, partitions)
    const part = parts[partition]!
    part.push(recordOf(event))
    if (part.length >= BATCH) await flush(partition)
  }
  for (let partition = 0; partition < partitions; partition++) await flush(partition)
  await Promise.all(under_way)
  return (await log.bounds(topic)).map(({ end }) => end)
}

const BATCH = 2_000
