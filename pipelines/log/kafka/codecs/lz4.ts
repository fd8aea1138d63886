/**
 * LZ4 frames, decoding only, for the same reason as snappy.ts. Formats:
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md. The frame's xxHash checksums
 * are not checked: the record batch around it carries a CRC32C over the same bytes, which is.
 */

import { LogError } from '../../port.ts'

const MAGIC = 0x184d2204
const HAS_DICTIONARY = 0x01
const HAS_CONTENT_CHECKSUM = 0x04
const HAS_CONTENT_SIZE = 0x08
const HAS_BLOCK_CHECKSUM = 0x10
const VERSION_MASK = 0xc0
const STORED = 0x80000000

export function decodeLz4(input: Buffer, bytes_max: number): Buffer {
  const output = new Output(bytes_max, input.length * 4)
  for (let at = 0; at < input.length; ) at = decodeFrame(input, at, output)
  return output.bytes()
}

/** @returns the place behind the frame. */
function decodeFrame(input: Buffer, start: number, output: Output): number {
  if (start + 7 > input.length || input.readUInt32LE(start) !== MAGIC) throw corrupt('no LZ4 frame')
  const flags = input[start + 4]!
  if ((flags & VERSION_MASK) !== 0x40) throw corrupt('unknown frame version')
  if (flags & HAS_DICTIONARY) throw corrupt('dictionaries are not used by Kafka')
  let at = start + 6 + (flags & HAS_CONTENT_SIZE ? 8 : 0) + 1
  for (;;) {
    if (at + 4 > input.length) throw corrupt('a frame has no end')
    const header = input.readUInt32LE(at)
    at += 4
    if (header === 0) return at + (flags & HAS_CONTENT_CHECKSUM ? 4 : 0)
    const size = header & ~STORED
    if (at + size > input.length) throw corrupt('a block is too long')
    if (header & STORED) output.literal(input, at, size)
    else decodeBlock(input, at, at + size, output)
    at += size + (flags & HAS_BLOCK_CHECKSUM ? 4 : 0)
  }
}

function decodeBlock(input: Buffer, start: number, end: number, output: Output): void {
  let at = start
  const more = (length: number): number => {
    let total = length
    for (let byte = 255; byte === 255; total += byte) {
      if (at >= end) throw corrupt('a length has no end')
      byte = input[at++]!
    }
    return total
  }
  while (at < end) {
    const token = input[at++]!
    const literals = token >>> 4 === 15 ? more(15) : token >>> 4
    if (at + literals > end) throw corrupt('literals are too long')
    output.literal(input, at, literals)
    at += literals
    // The last sequence of a block has no match.
    if (at === end) return
    if (at + 2 > end) throw corrupt('a match has no offset')
    const offset = input.readUInt16LE(at)
    at += 2
    output.match(offset, ((token & 15) === 15 ? more(15) : token & 15) + 4)
  }
}

/** Blocks may refer to earlier ones, so all of them go into one growing buffer. */
class Output {
  private buffer: Buffer
  private length = 0
  private readonly bytes_max: number

  constructor(bytes_max: number, guess: number) {
    this.bytes_max = bytes_max
    this.buffer = Buffer.allocUnsafe(Math.min(Math.max(guess, 1_024), bytes_max))
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length)
  }

  literal(input: Buffer, at: number, size: number): void {
    this.reserve(size)
    input.copy(this.buffer, this.length, at, at + size)
    this.length += size
  }

  match(offset: number, size: number): void {
    if (offset === 0 || offset > this.length) throw corrupt('a match points outside')
    this.reserve(size)
    const { buffer, length } = this
    if (offset >= size) buffer.copy(buffer, length, length - offset, length - offset + size)
    else for (let i = length; i < length + size; i += 1) buffer[i] = buffer[i - offset]!
    this.length += size
  }

  private reserve(size: number): void {
    const wanted = this.length + size
    if (wanted <= this.buffer.length) return
    if (wanted > this.bytes_max) throw corrupt(`more than the limit of ${this.bytes_max} bytes`)
    const larger = Buffer.allocUnsafe(Math.min(Math.max(wanted, this.buffer.length * 2), this.bytes_max))
    this.buffer.copy(larger, 0, 0, this.length)
    this.buffer = larger
  }
}

function corrupt(why: string): LogError {
  return new LogError('log_corrupt', `decoding lz4: ${why}`)
}
