import type { Store } from '../store/client.ts'
import type { Bloom } from './bloom.ts'

/**
 * Puts the identities of a partition that the store knows, of records from an offset on, into the filter: 16 bytes each,
 * streamed.
 *
 * @returns how many
 */
export async function fillFilter(
  store: Store,
  bloom: Bloom,
  params: { readonly topic: string; readonly partition: number; readonly from: number },
): Promise<number> {
  const { stream } = await store.queryRaw(
    `SELECT id_hash FROM identities
     WHERE _topic = {topic:String} AND _partition = {partition:UInt16} AND _offset >= {from:Int64}`,
    { format: 'RowBinary', params },
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
