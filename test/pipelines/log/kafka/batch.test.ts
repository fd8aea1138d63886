import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBatches } from '../../../../pipelines/log/kafka/batch-decode.ts'
import { encodeBatch } from '../../../../pipelines/log/kafka/batch-encode.ts'
import { writeInt64 } from '../../../../pipelines/log/kafka/cursor.ts'
import type { AppendRecord } from '../../../../pipelines/log/port.ts'

const bytes = fc.option(
  fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each)),
  { nil: null },
)
const record: fc.Arbitrary<AppendRecord> = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })),
})
const SEQUENCE = { producer: 7n, epoch: 0, first: 0 }

/** A batch as the broker stores it: at its offset. The CRC does not cover the offset. */
function stored(base: number, records: readonly AppendRecord[], timestamp_ms = 1_700_000_000_123): Buffer {
  const batch = encodeBatch(records, timestamp_ms, SEQUENCE)
  writeInt64(batch, base, 0)
  return batch
}

const texts = (...values: string[]) => values.map((value) => ({ key: null, value: Buffer.from(value) }))

describe('record batches', () => {
  it('come back as they went in', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 200 }), fc.nat(), (records, base) => {
        const { records: decoded, next } = decodeBatches(stored(base, records), base)
        const out = decoded.toArray()
        expect(next).toBe(base + records.length)
        expect(
          out.map(({ key, value, headers, offset, timestamp_ms }) => ({
            key,
            value,
            headers: { ...headers },
            offset,
            timestamp_ms,
          })),
        ).toEqual(
          records.map(({ key, value, headers }, index) => ({
            key,
            value,
            headers: { ...headers },
            offset: base + index,
            timestamp_ms: 1_700_000_000_123,
          })),
        )
      }),
    )
  })

  it('start inside a batch, stop at a limit, and leave a cut-off tail for the next fetch', () => {
    const set = Buffer.concat([stored(10, texts('a', 'b', 'c')), stored(13, texts('d', 'e'))])
    const values = (from: number, max?: number, end = set.length) => {
      const { records, next } = decodeBatches(set.subarray(0, end), from, [], max)
      return [
        records
          .toArray()
          .map((each) => String(each.value))
          .join(''),
        next,
      ]
    }
    expect(values(10)).toEqual(['abcde', 15])
    expect(values(12)).toEqual(['cde', 15])
    expect(values(11, 3)).toEqual(['bcd', 14])
    expect(values(10, undefined, set.length - 1)).toEqual(['abc', 13])
  })

  it('carry 200,000 records, which overflow the stack in kafkajs', () => {
    const records = Array.from({ length: 200_000 }, () => ({ key: null, value: null }))
    expect(decodeBatches(stored(0, records), 0).records).toHaveLength(200_000)
  })

  it('are refused when a bit has changed', () => {
    const set = stored(0, texts('a', 'b'))
    for (let at = 21; at < set.length; at += 1) {
      const bad = Buffer.from(set)
      bad[at]! ^= 0x10
      expect(() => decodeBatches(bad, 0)).toThrow(expect.objectContaining({ code: 'log_corrupt' }))
    }
  })

  it('leave out transactions that were given up, and markers', () => {
    const open = mark(stored(0, texts('lost')), 0x10)
    const marker = mark(stored(1, texts('marker')), 0x30)
    const good = mark(stored(2, texts('kept')), 0x10)
    const { records, next } = decodeBatches(Buffer.concat([open, marker, good]), 0, [{ producer: 7n, first: 0 }])
    expect(records.toArray().map((each) => `${each.offset} ${each.value}`)).toEqual(['2 kept'])
    expect(next).toBe(3)
  })
})

function mark(batch: Buffer, attributes: number): Buffer {
  batch.writeInt16BE(attributes, 21)
  // The CRC again, over what it covers.
  batch.writeUInt32BE(crc(batch), 17)
  return batch
}

function crc(batch: Buffer): number {
  let value = 0xffffffff
  for (const byte of batch.subarray(21)) {
    value ^= byte
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  }
  return (value ^ 0xffffffff) >>> 0
}
