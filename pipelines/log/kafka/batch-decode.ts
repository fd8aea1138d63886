/**
 * Kafka's record batches (magic 2) into places of records, many times faster than kafkajs, which makes a promise and
 * several objects per record and spreads them on the stack (more than about 120,000 in one batch overflow it).
 * Format: https://kafka.apache.org/documentation/#recordbatch
 *
 * Keys and values stay where they are in the response's own buffer: nobody writes to it again, and it lives as long as
 * the last record of it.
 */

import { crc32c } from '@node-rs/crc32'
import { LogError } from '../port.ts'
import { RecordBatch } from '../record-batch.ts'
import { decompress } from './codecs/decompress.ts'
import { Cursor, readInt64 } from './cursor.ts'

export const BATCH_HEADER_BYTES = 61
const CRC_FROM = 21
const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20

/** A transaction that was given up: its records are skipped from here to its abort marker. */
export type Aborted = { readonly producer: bigint; readonly first: number }

export type Decoded = {
  readonly records: RecordBatch
  /** Sum of the lengths of keys and values. */
  readonly bytes: number
  /** The offset to go on from: behind the last whole batch, or behind the last record where a limit stopped us. */
  readonly next: number
}

/**
 * @param set one partition's records as fetched; its last batch may be cut off
 * @param from records before this offset are left out: a broker gives whole batches
 */
export function decodeBatches(
  set: Buffer,
  from: number,
  aborted: readonly Aborted[] = [],
  records_max = Number.POSITIVE_INFINITY,
): Decoded {
  const records = new RecordBatch()
  const dropping = new Set<bigint>()
  const pending = [...aborted].sort((a, b) => b.first - a.first)
  let next = from
  let bytes = 0
  for (let at = 0; at + BATCH_HEADER_BYTES <= set.length; ) {
    const end = at + 12 + set.readInt32BE(at + 8)
    if (end > set.length) break
    checkBatch(set, at, end)
    const base = readInt64(set, at)
    const behind = base + set.readInt32BE(at + 23) + 1
    const attributes = set.readInt16BE(at + 21)
    const producer = set.readBigInt64BE(at + 43)
    while (pending.length > 0 && pending.at(-1)!.first < behind) dropping.add(pending.pop()!.producer)
    if (attributes & CONTROL) {
      dropping.delete(producer)
    } else if (behind > from && !(attributes & TRANSACTIONAL && dropping.has(producer))) {
      bytes += decodeRecords(set, at, end, base, attributes, from, records_max, records)
      if (records.length >= records_max) return { records, bytes, next: records.offsetOf(records.length - 1) + 1 }
    }
    next = Math.max(next, behind)
    at = end
  }
  return { records, bytes, next }
}

function checkBatch(set: Buffer, at: number, end: number): void {
  const magic = set[at + 16]
  if (magic !== 2) throw new LogError('format_too_new', `record batch with magic ${magic}, expected 2`)
  if (crc32c(set.subarray(at + CRC_FROM, end)) !== set.readUInt32BE(at + 17)) {
    throw new LogError('log_corrupt', `record batch at offset ${readInt64(set, at)} fails its CRC32C`)
  }
}

function decodeRecords(
  set: Buffer,
  at: number,
  end: number,
  base: number,
  attributes: number,
  from: number,
  records_max: number,
  into: RecordBatch,
): number {
  const body = decompress(attributes & 0x07, set.subarray(at + BATCH_HEADER_BYTES, end))
  const source = new Uint8Array(body.buffer)
  const start = body.byteOffset
  const cursor = new Cursor(source, start)
  const body_end = start + body.length
  const first_ms = readInt64(set, at + 27)
  const taken_ms = attributes & LOG_APPEND_TIME ? readInt64(set, at + 35) : undefined
  const count = set.readInt32BE(at + 57)
  into.reserve(Math.min(count, records_max))
  let bytes = 0
  for (let left = count; left > 0 && into.length < records_max; left -= 1) {
    const size = cursor.varint()
    const behind = cursor.at + size
    if (size < 6 || behind > body_end) throw cutOff(base)
    cursor.at += 1
    const timestamp_ms = first_ms + cursor.varlong()
    const offset = base + cursor.varint()
    if (offset >= from) {
      const key_length = cursor.varint()
      const key_at = cursor.at
      if (key_length > 0) cursor.at += key_length
      const value_length = cursor.varint()
      const value_at = cursor.at
      if (value_length > 0) cursor.at += value_length
      if (cursor.at >= behind) throw cutOff(base)
      // Null has a length of -1: it begins and ends nowhere.
      const key_start = key_length < 0 ? -1 : key_at
      const key_end = key_start + Math.max(0, key_length)
      const value_start = value_length < 0 ? -1 : value_at
      const value_end = value_start + Math.max(0, value_length)
      into.place(offset, taken_ms ?? timestamp_ms, source, key_start, key_end, value_start, value_end)
      bytes += key_end - key_start + value_end - value_start
      const headers = cursor.varint()
      if (headers > 0) into.putHeaders(decodeHeaders(cursor, headers))
    }
    cursor.at = behind
  }
  return bytes
}

function cutOff(base: number): LogError {
  return new LogError('log_corrupt', `a record of the batch at offset ${base} is cut off`)
}

function decodeHeaders(cursor: Cursor, count: number): Record<string, string> {
  // Without a prototype, since names come from outside and may be `__proto__`.
  const headers: Record<string, string> = Object.create(null)
  for (let i = 0; i < count; i += 1) {
    const name = cursor.text()
    headers[name] = cursor.text()
  }
  return headers
}
