import type { AppendRecord, Log } from '../../pipelines/log/port.ts'
import { hash128 } from '../../schemas/hash.ts'
import type { YsbEvent } from './input.ts'

/** All events of an ad lie in one partition. */
export function partitionOfAd(ad: string, partitions: number): number {
  hash128(ad, 0, words)
  return words[0]! % partitions
}

const words = new Uint32Array(4)

/** Puts events on a topic, keyed by their ad. @returns the ends of its partitions */
export async function fillTopic(
  log: Log,
  topic: string,
  events: Iterable<YsbEvent> | AsyncIterable<YsbEvent>,
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
  for await (const { ad, json } of events) {
    const partition = partitionOfAd(ad, partitions)
    const part = parts[partition]!
    part.push({ key: Buffer.from(ad), value: Buffer.from(json) })
    if (part.length >= BATCH) await flush(partition)
  }
  for (let partition = 0; partition < partitions; partition++) await flush(partition)
  await Promise.all(under_way)
  return (await log.bounds(topic)).map(({ end }) => end)
}

const BATCH = 2_000
export const PARTITIONS = 4
