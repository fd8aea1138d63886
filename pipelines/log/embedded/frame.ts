import { crc32c } from '@node-rs/crc32'
import { PACKED_HEAD_BYTES } from '../packed.ts'
import type { AppendRecord, PackedRecords } from '../port.ts'
import { LogError } from '../port.ts'

/**
 * One batch as it lies in a segment file. All numbers are little-endian.
 *
 *     0 magic "OMLF"      8 base offset (u64)   24 timestamp, ms since 1970 (u64)   36 CRC32C of bytes 0..36
 *     4 version (u8)     16 records (u32)       32 CRC32C of the payload            40 payload
 *     5 flags (u8)       20 payload bytes (u32)
 *
 * A record of the payload: key length, value length (u32 each; 0xffffffff is null), with `FLAG_HEADERS` also the
 * headers' length, then key, value and headers (a JSON object).
 *
 * The header has a checksum of its own: a flipped length would otherwise send the reader anywhere before the
 * payload's checksum could object.
 */
export const FRAME_HEADER_BYTES = PACKED_HEAD_BYTES
export const FRAME_VERSION = 1
export const RECORD_BYTES_MAX = 10_000_000
export const BATCH_BYTES_MAX = 64_000_000

const MAGIC = 0x464c4d4f
const FLAG_HEADERS = 1
const NULL_LENGTH = 0xffff_ffff
const HIGH_WORD = 0x1_0000_0000

export type FrameHeader = {
  readonly base_offset: number
  readonly count: number
  readonly payload_bytes: number
  readonly timestamp_ms: number
  readonly payload_crc: number
  readonly has_headers: boolean
}

/**
 * Encodes everything but what only the writer knows: base offset and time. Copies keys and values, so the caller may
 * reuse its buffers at once.
 *
 * @throws LogError record_too_large
 */
export function encodeBatch(records: readonly AppendRecord[]): Buffer {
  const headers = records.some((record) => record.headers !== undefined) ? records.map(encodeHeaders) : null
  const prefix_bytes = headers === null ? 8 : 12
  const payload_bytes = measure(records, headers, prefix_bytes)
  const frame = Buffer.allocUnsafeSlow(FRAME_HEADER_BYTES + payload_bytes)
  let at = FRAME_HEADER_BYTES
  for (let index = 0; index < records.length; index += 1) {
    const { key, value } = records[index]!
    frame.writeUInt32LE(key === null ? NULL_LENGTH : key.length, at)
    frame.writeUInt32LE(value === null ? NULL_LENGTH : value.length, at + 4)
    if (headers !== null) frame.writeUInt32LE(headers[index]!.length, at + 8)
    at += prefix_bytes
    if (key !== null) at = put(frame, key, at)
    if (value !== null) at = put(frame, value, at)
    if (headers !== null) at = put(frame, headers[index]!, at)
  }
  startFrame(frame, records.length, headers !== null, crc32c(frame.subarray(FRAME_HEADER_BYTES)))
  return frame
}

/**
 * {@link encodeBatch} of records that lie as a frame has them: in the same memory, so nobody else may touch it any more.
 *
 * @throws LogError record_too_large
 */
export function frameOfPacked({ bytes, count }: PackedRecords): Buffer {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const payload_bytes = frame.length - FRAME_HEADER_BYTES
  if (payload_bytes > BATCH_BYTES_MAX) throw tooLarge('batch', payload_bytes, BATCH_BYTES_MAX)
  // Only a batch as large as a record may be can have one that is too large.
  if (payload_bytes > RECORD_BYTES_MAX) checkPacked(frame)
  startFrame(frame, count, false, crc32c(frame.subarray(FRAME_HEADER_BYTES)))
  return frame
}

function checkPacked(frame: Buffer): void {
  for (let at = FRAME_HEADER_BYTES, index = 0; at < frame.length; index += 1) {
    const bytes = frame.readUInt32LE(at) + frame.readUInt32LE(at + 4)
    if (bytes > RECORD_BYTES_MAX) throw tooLarge(`record ${index}`, bytes, RECORD_BYTES_MAX)
    at += 8 + bytes
  }
}

/** Writes the header of a frame whose payload is there, but for base offset, time and the header's own checksum. */
function startFrame(frame: Buffer, count: number, has_headers: boolean, payload_crc: number): void {
  frame.writeUInt32LE(MAGIC, 0)
  frame.writeUInt32LE(FRAME_VERSION | ((has_headers ? FLAG_HEADERS : 0) << 8), 4)
  frame.writeUInt32LE(count, 16)
  frame.writeUInt32LE(frame.length - FRAME_HEADER_BYTES, 20)
  frame.writeUInt32LE(payload_crc, 32)
}

/** Completes a frame in place. */
export function sealFrame(frame: Buffer, base_offset: number, timestamp_ms: number): void {
  writeUInt64(frame, base_offset, 8)
  writeUInt64(frame, timestamp_ms, 24)
  frame.writeUInt32LE(crc32c(frame.subarray(0, 36)), 36)
}

export function recordCount(frame: Buffer): number {
  return frame.readUInt32LE(16)
}

/**
 * The header at `at`, or undefined when these 40 bytes are not one.
 *
 * @throws LogError format_too_new for a whole header of a later version
 */
export function readFrameHeader(buffer: Buffer, at: number): FrameHeader | undefined {
  if (at + FRAME_HEADER_BYTES > buffer.length || buffer.readUInt32LE(at) !== MAGIC) return undefined
  if (buffer.readUInt32LE(at + 36) !== crc32c(buffer.subarray(at, at + 36))) return undefined
  const version = buffer[at + 4]!
  if (version > FRAME_VERSION) {
    throw new LogError('format_too_new', `frame version ${version}, this program knows up to ${FRAME_VERSION}`)
  }
  return {
    base_offset: readUInt64(buffer, at + 8),
    count: buffer.readUInt32LE(at + 16),
    payload_bytes: buffer.readUInt32LE(at + 20),
    timestamp_ms: readUInt64(buffer, at + 24),
    payload_crc: buffer.readUInt32LE(at + 32),
    has_headers: (buffer[at + 5]! & FLAG_HEADERS) !== 0,
  }
}

/** Whether the payload that begins at `at` is what was written. */
export function payloadIsWhole(header: FrameHeader, buffer: Buffer, at: number): boolean {
  const end = at + header.payload_bytes
  return end <= buffer.length && crc32c(buffer.subarray(at, end)) === header.payload_crc
}

function measure(records: readonly AppendRecord[], headers: readonly Buffer[] | null, prefix_bytes: number): number {
  let bytes = 0
  for (let index = 0; index < records.length; index += 1) {
    const { key, value } = records[index]!
    const record_bytes = (key?.length ?? 0) + (value?.length ?? 0) + (headers?.[index]?.length ?? 0)
    if (record_bytes > RECORD_BYTES_MAX) throw tooLarge(`record ${index}`, record_bytes, RECORD_BYTES_MAX)
    bytes += prefix_bytes + record_bytes
  }
  if (bytes > BATCH_BYTES_MAX) throw tooLarge('batch', bytes, BATCH_BYTES_MAX)
  return bytes
}

function tooLarge(what: string, bytes: number, bytes_max: number): LogError {
  return new LogError('record_too_large', `${what} has ${bytes} bytes, the log takes at most ${bytes_max}`)
}

function encodeHeaders(record: AppendRecord): Buffer {
  return record.headers === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(record.headers))
}

function put(frame: Buffer, bytes: Buffer, at: number): number {
  frame.set(bytes, at)
  return at + bytes.length
}

function writeUInt64(buffer: Buffer, value: number, at: number): void {
  buffer.writeUInt32LE(value % HIGH_WORD, at)
  buffer.writeUInt32LE(Math.floor(value / HIGH_WORD), at + 4)
}

function readUInt64(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at + 4) * HIGH_WORD + buffer.readUInt32LE(at)
}
