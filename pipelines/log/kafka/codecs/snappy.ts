/**
 * Snappy, decoding only. Written here because npm has no maintained decoder without a native build, and the format is
 * small: https://github.com/google/snappy/blob/main/format_description.txt. Java clients wrap it in blocks of
 * "xerial" framing, librdkafka does not.
 */

import { LogError } from '../../port.ts'

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
/** Magic, version and compatible version. */
const XERIAL_HEADER_BYTES = 16

export function decodeSnappy(input: Buffer, bytes_max: number): Buffer {
  if (!input.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return decodeBlock(input, bytes_max)
  const blocks: Buffer[] = []
  let total = 0
  for (let at = XERIAL_HEADER_BYTES; at < input.length; ) {
    const size = at + 4 <= input.length ? input.readInt32BE(at) : -1
    at += 4
    if (size < 0 || at + size > input.length) throw corrupt('a xerial block ends outside of its frame')
    const block = decodeBlock(input.subarray(at, at + size), bytes_max - total)
    total += block.length
    blocks.push(block)
    at += size
  }
  return Buffer.concat(blocks, total)
}

function decodeBlock(input: Buffer, bytes_max: number): Buffer {
  let at = 0
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte = input[at++]
    if (byte === undefined || shift > 28) throw corrupt('bad length')
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  if (length > bytes_max) throw corrupt(`${length} bytes are more than the limit of ${bytes_max}`)
  const output = Buffer.allocUnsafe(length)
  let to = 0
  while (at < input.length) {
    const tag = input[at++]!
    if ((tag & 3) === 0) {
      let size = tag >>> 2
      if (size >= 60) {
        const bytes = size - 59
        if (at + bytes > input.length) throw corrupt('a literal has no length')
        size = input.readUIntLE(at, bytes)
        at += bytes
      }
      size += 1
      if (at + size > input.length || to + size > length) throw corrupt('a literal is too long')
      input.copy(output, to, at, at + size)
      at += size
      to += size
      continue
    }
    const [size, offset, bytes] = copyElement(input, at, tag)
    at += bytes
    if (offset === 0 || offset > to || to + size > length) throw corrupt('a copy points outside')
    // Byte by byte where the copy overlaps itself: that is how runs are written.
    if (offset >= size) output.copy(output, to, to - offset, to - offset + size)
    else for (let i = 0; i < size; i += 1) output[to + i] = output[to + i - offset]!
    to += size
  }
  if (to !== length) throw corrupt(`${to} bytes came out, ${length} were announced`)
  return output
}

/** @returns length, offset, and the bytes that the element has after its tag. */
function copyElement(input: Buffer, at: number, tag: number): readonly [number, number, number] {
  const bytes = (tag & 3) === 1 ? 1 : (tag & 3) === 2 ? 2 : 4
  if (at + bytes > input.length) throw corrupt('a copy has no offset')
  if (bytes === 1) return [4 + ((tag >>> 2) & 7), ((tag >>> 5) << 8) | input[at]!, 1]
  return [1 + (tag >>> 2), input.readUIntLE(at, bytes), bytes]
}

function corrupt(why: string): LogError {
  return new LogError('log_corrupt', `decoding snappy: ${why}`)
}
