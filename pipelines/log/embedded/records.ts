import type { LogRecord } from '../port.ts'
import type { FrameHeader } from './frame.ts'

const NULL_LENGTH = 0xffff_ffff

/** A place within one frame: the offset of the next record and where it begins in the buffer. */
export type FrameCursor = { offset: number; at: number }

export type RecordLimits = { readonly records_max: number; readonly bytes_max: number }

/**
 * Decodes records from the cursor on into `out`, up to the end of the frame or a limit, and moves the cursor. Keys and
 * values are views into `buffer`: nothing is copied, and the buffer must never be written again.
 *
 * @param bytes_before bytes of key and value that `out` holds already
 * @returns bytes of key and value that `out` holds now, and whether a limit stopped it. The first record of `out` is
 *   always given, however large.
 */
export function decodeRecords(
  header: FrameHeader,
  buffer: Buffer,
  cursor: FrameCursor,
  limits: RecordLimits,
  bytes_before: number,
  out: LogRecord[],
): { bytes: number; full: boolean } {
  const { has_headers, timestamp_ms } = header
  const end_offset = header.base_offset + header.count
  let { offset, at } = cursor
  let bytes = bytes_before
  let full = out.length >= limits.records_max
  while (offset < end_offset && !full) {
    const key_bytes = buffer.readUInt32LE(at)
    const value_bytes = buffer.readUInt32LE(at + 4)
    const headers_bytes = has_headers ? buffer.readUInt32LE(at + 8) : 0
    const key_at = at + (has_headers ? 12 : 8)
    const value_at = key_at + (key_bytes === NULL_LENGTH ? 0 : key_bytes)
    const headers_at = value_at + (value_bytes === NULL_LENGTH ? 0 : value_bytes)
    const size = headers_at - key_at
    if (bytes + size > limits.bytes_max && out.length > 0) {
      full = true
      break
    }
    const key = key_bytes === NULL_LENGTH ? null : buffer.subarray(key_at, value_at)
    const value = value_bytes === NULL_LENGTH ? null : buffer.subarray(value_at, headers_at)
    at = headers_at + headers_bytes
    if (headers_bytes === 0) out.push({ offset, timestamp_ms, key, value })
    else out.push({ offset, timestamp_ms, key, value, headers: readHeaders(buffer, headers_at, at) })
    bytes += size
    offset += 1
    full = out.length >= limits.records_max
  }
  cursor.offset = offset
  cursor.at = at
  return { bytes, full }
}

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

function readHeaders(buffer: Buffer, from: number, to: number): Record<string, string> {
  return JSON.parse(buffer.toString('utf8', from, to))
}
