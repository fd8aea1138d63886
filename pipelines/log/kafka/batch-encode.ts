/**
 * Records into one of Kafka's record batches (magic 2), plain, in one pass over a buffer of the exact size.
 * Format: https://kafka.apache.org/documentation/#recordbatch
 */

import { crc32c } from '@node-rs/crc32'
import type { AppendRecord } from '../port.ts'
import { BATCH_HEADER_BYTES } from './batch-decode.ts'
import { writeInt64 } from './cursor.ts'

/** Who writes, for the broker's duplicate check: the n-th record of this producer in this partition. */
export type Sequence = { readonly producer: bigint; readonly epoch: number; readonly first: number }

/** More than any record takes beside its key, value and headers; for cutting batches to size. */
export const RECORD_OVERHEAD_BYTES = 32

export function encodeBatch(records: readonly AppendRecord[], timestamp_ms: number, sequence: Sequence): Buffer {
  const sizes = records.map(bodySize)
  let total = BATCH_HEADER_BYTES
  for (const size of sizes) total += varintSize(size) + size
  const buffer = Buffer.allocUnsafe(total)
  writeInt64(buffer, 0, 0)
  buffer.writeInt32BE(total - 12, 8)
  buffer.writeInt32BE(-1, 12)
  buffer[16] = 2
  buffer.writeInt16BE(0, 21)
  buffer.writeInt32BE(records.length - 1, 23)
  writeInt64(buffer, timestamp_ms, 27)
  writeInt64(buffer, timestamp_ms, 35)
  buffer.writeBigInt64BE(sequence.producer, 43)
  buffer.writeInt16BE(sequence.epoch, 51)
  buffer.writeInt32BE(sequence.first, 53)
  buffer.writeInt32BE(records.length, 57)
  let at = BATCH_HEADER_BYTES
  for (let i = 0; i < records.length; i += 1) at = writeRecord(buffer, at, records[i]!, i, sizes[i]!)
  buffer.writeUInt32BE(crc32c(buffer.subarray(21)), 17)
  return buffer
}

/** Bytes of key, value and headers: what the limit on a record counts. */
export function recordBytes(record: AppendRecord): number {
  let bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0)
  if (record.headers === undefined) return bytes
  for (const name in record.headers) bytes += Buffer.byteLength(name) + Buffer.byteLength(record.headers[name]!) + 10
  return bytes
}

function bodySize(record: AppendRecord, index: number): number {
  // One byte of attributes, one for the timestamp's delta of zero.
  let size = 2 + varintSize(index) + bytesSize(record.key) + bytesSize(record.value)
  const names = record.headers === undefined ? [] : Object.keys(record.headers)
  size += varintSize(names.length)
  for (const name of names) {
    const [nameBytes, valueBytes] = [Buffer.byteLength(name), Buffer.byteLength(record.headers![name]!)]
    size += varintSize(nameBytes) + nameBytes + varintSize(valueBytes) + valueBytes
  }
  return size
}

function writeRecord(buffer: Buffer, start: number, record: AppendRecord, index: number, size: number): number {
  let at = writeVarint(buffer, start, size)
  buffer[at++] = 0
  buffer[at++] = 0
  at = writeVarint(buffer, at, index)
  at = writeBytes(buffer, at, record.key)
  at = writeBytes(buffer, at, record.value)
  const names = record.headers === undefined ? [] : Object.keys(record.headers)
  at = writeVarint(buffer, at, names.length)
  for (const name of names) {
    at = writeText(buffer, at, name)
    at = writeText(buffer, at, record.headers![name]!)
  }
  return at
}

function writeText(buffer: Buffer, at: number, text: string): number {
  const behind = writeVarint(buffer, at, Buffer.byteLength(text))
  return behind + buffer.write(text, behind)
}

function writeBytes(buffer: Buffer, at: number, bytes: Buffer | null): number {
  if (bytes === null) return writeVarint(buffer, at, -1)
  const behind = writeVarint(buffer, at, bytes.length)
  return behind + bytes.copy(buffer, behind)
}

function bytesSize(bytes: Buffer | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length
}

function writeVarint(buffer: Buffer, start: number, value: number): number {
  let at = start
  let raw = ((value << 1) ^ (value >> 31)) >>> 0
  while (raw > 0x7f) {
    buffer[at++] = (raw & 0x7f) | 0x80
    raw >>>= 7
  }
  buffer[at++] = raw
  return at
}

function varintSize(value: number): number {
  const raw = ((value << 1) ^ (value >> 31)) >>> 0
  return raw < 0x80 ? 1 : raw < 0x4000 ? 2 : raw < 0x200000 ? 3 : raw < 0x10000000 ? 4 : 5
}
