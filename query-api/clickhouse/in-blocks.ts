import { Transform, type TransformCallback } from 'node:stream'

/**
 * Packs a stream in blocks, the last of which is shorter.
 *
 * @param pack  one block of at most BLOCK_BYTES
 * @param begin  what stands before the first block
 * @param end  what stands behind the last
 */
export function inBlocks(pack: (block: Buffer) => Buffer, begin?: Buffer, end?: Buffer): Transform {
  const held: Buffer[] = []
  let bytes = 0
  function packHeld(stream: Transform): void {
    const joined = Buffer.concat(held.splice(0))
    bytes = 0
    for (let at = 0; at < joined.length; at += BLOCK_BYTES) stream.push(pack(joined.subarray(at, at + BLOCK_BYTES)))
  }
  const packer = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      held.push(chunk)
      bytes += chunk.length
      if (bytes >= BLOCK_BYTES) packHeld(this)
      done()
    },
    flush(done: TransformCallback) {
      packHeld(this)
      if (end !== undefined) this.push(end)
      done()
    },
  })
  if (begin !== undefined) packer.push(begin)
  return packer
}

/** Far below ClickHouse's 1 MiB: a reader begins sooner, and other requests wait less. */
const BLOCK_BYTES = 256 * 1024
