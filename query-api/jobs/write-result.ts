import { Readable } from 'node:stream'
import type { Produced } from '../formats/produced.ts'
import { ApiError } from '../problem.ts'

/**
 * Cuts an answer into parts and hands them over one after the other: what is in memory is one part.
 *
 * @param put     keeps a part; the next is not made before it has
 * @returns bytes of all parts
 * @throws ApiError `too_many_rows` for a result that is larger than a result may be
 */
export async function writeResult(
  { body }: Pick<Produced, 'body'>,
  bytes_max: number,
  signal: AbortSignal,
  put: (part: number, body: Buffer) => Promise<void>,
): Promise<number> {
  const source = Buffer.isBuffer(body) ? [body] : body
  let [part, bytes, held_bytes] = [0, 0, 0]
  let held: Buffer[] = []
  const flush = async () => {
    if (held_bytes === 0) return
    await put(part++, Buffer.concat(held))
    held = []
    held_bytes = 0
  }
  try {
    for await (const piece of source as AsyncIterable<Buffer | string>) {
      signal.throwIfAborted()
      const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece
      bytes += chunk.length
      if (bytes > bytes_max)
        throw new ApiError(
          'too_many_rows',
          `a job's result has at most ${bytes_max} bytes: ask for less, or fetch it as a stream without a job`,
          { more: { bytes_at_least: bytes, bytes_max } },
        )
      for (let at = 0; at < chunk.length; ) {
        const take = chunk.subarray(at, at + PART_BYTES - held_bytes)
        held.push(take)
        held_bytes += take.length
        at += take.length
        if (held_bytes === PART_BYTES) await flush()
      }
    }
    await flush()
  } finally {
    if (body instanceof Readable) body.destroy()
  }
  return bytes
}

const PART_BYTES = 2 * 1024 * 1024
