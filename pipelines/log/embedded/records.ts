import type { RecordBatch } from '../record-batch.ts'
import type { FrameHeader } from './frame.ts'

const NULL_LENGTH = 0xffff_ffff

/** A place within one frame: the offset of the next record and where it begins in the buffer. */
export type FrameCursor = { offset: number; at: number }

export type RecordLimits = { readonly records_max: number; readonly bytes_max: number }

/**
 * Adds records from the cursor on to `out`, up to the end of the frame or a limit, and moves the cursor. Nothing is
 * copied, and the buffer must never be written again.
 *
 * @param taken what `out` got before from this read
 * @returns what it has got now, and whether a limit stopped it. The first record is always given, however large.
 */
export function decodeRecords(
  header: FrameHeader,
  buffer: Buffer,
  cursor: FrameCursor,
  limits: RecordLimits,
  taken: Taken,
  out: RecordBatch,
): Taken & { readonly full: boolean } {
  const { has_headers, timestamp_ms } = header
  const end_offset = header.base_offset + header.count
  const source = new Uint8Array(buffer.buffer)
  const base = buffer.byteOffset
  let { offset, at } = cursor
  let { bytes, count } = taken
  let full = count >= limits.records_max
  while (offset < end_offset && !full) {
    const key_bytes = uint32(source, base + at)
    const value_bytes = uint32(source, base + at + 4)
    const headers_bytes = has_headers ? uint32(source, base + at + 8) : 0
    const key_at = at + (has_headers ? 12 : 8)
    const value_at = key_at + (key_bytes === NULL_LENGTH ? 0 : key_bytes)
    const headers_at = value_at + (value_bytes === NULL_LENGTH ? 0 : value_bytes)
    const size = headers_at - key_at
    if (bytes + size > limits.bytes_max && count > 0) {
      full = true
      break
    }
    const key_place = key_bytes === NULL_LENGTH ? -1 : base + key_at
    const value_place = value_bytes === NULL_LENGTH ? -1 : base + value_at
    out.place(offset, timestamp_ms, source, key_place, base + value_at, value_place, base + headers_at)
    at = headers_at + headers_bytes
    if (headers_bytes > 0) out.putHeaders(readHeaders(buffer, headers_at, at))
    bytes += size
    count += 1
    offset += 1
    full = count >= limits.records_max
  }
  cursor.offset = offset
  cursor.at = at
  return { bytes, count, full }
}

/** Records, and bytes of key and value. */
export type Taken = { readonly bytes: number; readonly count: number }

/** Moves the cursor to a later record of the same frame. */
export function skipRecords(header: FrameHeader, buffer: Buffer, cursor: FrameCursor, offset: number): void {
  while (cursor.offset < offset) {
    const key_bytes = buffer.readUInt32LE(cursor.at)
    const value_bytes = buffer.readUInt32LE(cursor.at + 4)
    const headers_bytes = header.has_headers ? buffer.readUInt32LE(cursor.at + 8) : 0
    cursor.at +=
      (header.has_headers ? 12 : 8) +
      (key_bytes === NULL_LENGTH ? 0 : key_bytes) +
      (value_bytes === NULL_LENGTH ? 0 : value_bytes) +
      headers_bytes
    cursor.offset += 1
  }
}

/** As `readUInt32LE`, whose check of the type costs more than the rest. */
function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

function readHeaders(buffer: Buffer, from: number, to: number): Record<string, string> {
  return JSON.parse(buffer.toString('utf8', from, to))
}
