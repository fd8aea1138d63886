import type { Store } from '../store/client.ts'
import type { Bloom } from './bloom.ts'

/** Puts every identity of a partition that the store knows into the filter: 16 bytes each, streamed. */
export async function fillFilter(store: Store, bloom: Bloom, topic: string, partition: number): Promise<number> {
  const { stream } = await store.queryRaw(
    `SELECT id_hash FROM identities WHERE _topic = {topic:String} AND _partition = {partition:UInt16}`,
    { format: 'RowBinary', params: { topic, partition } },
  )
  const words = new Uint32Array(4)
  const bytes = new Uint8Array(words.buffer)
  let filled = 0
  let count = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    for (let at = 0; at < chunk.length; ) {
      const take = Math.min(16 - filled, chunk.length - at)
      bytes.set(chunk.subarray(at, at + take), filled)
      filled += take
      at += take
      if (filled === 16) {
        bloom.add(words)
        filled = 0
        count++
      }
    }
  }
  return count
}
