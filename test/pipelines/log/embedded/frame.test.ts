import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BATCH_BYTES_MAX,
  encodeBatch,
  FRAME_HEADER_BYTES,
  payloadIsWhole,
  RECORD_BYTES_MAX,
  readFrameHeader,
  sealFrame,
} from '../../../../pipelines/log/embedded/frame.ts'
import { decodeRecords, skipRecords } from '../../../../pipelines/log/embedded/records.ts'
import type { AppendRecord, LogRecord } from '../../../../pipelines/log/port.ts'
import { RecordBatch } from '../../../../pipelines/log/record-batch.ts'

const bytes = fc.option(fc.uint8Array({ maxLength: 40 }).map((each) => Buffer.from(each)))
const headers = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.string({ maxLength: 8 }))
const record: fc.Arbitrary<AppendRecord> = fc.oneof(
  fc.record({ key: bytes, value: bytes }),
  fc.record({ key: bytes, value: bytes, headers }),
)
const NO_LIMITS = { records_max: 1e9, bytes_max: 1e9 }

describe('frames', () => {
  it('give back what went in, from any record on', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 12 }),
        fc.nat(2 ** 52),
        fc.nat(4e12),
        fc.nat(11),
        (batch, base, time, skip) => {
          const frame = sealed(batch, base, time)
          const from = Math.min(skip, batch.length - 1)
          const seen = decode(frame, base + from)
          expect(seen.map(content)).toEqual(batch.slice(from).map(content))
          expect(seen.map(({ offset }) => offset)).toEqual(batch.slice(from).map((_, index) => base + from + index))
          expect(new Set(seen.map(({ timestamp_ms }) => timestamp_ms))).toEqual(new Set([time]))
        },
      ),
    )
  })

  it('is not taken for a frame with any bit of its header flipped', () => {
    const frame = sealed([{ key: null, value: Buffer.from('value') }], 2 ** 40 + 3, 1.7e12)
    expect(readFrameHeader(frame, 0)).toBeDefined()
    for (let bit = 0; bit < FRAME_HEADER_BYTES * 8; bit += 1) {
      const flipped = Buffer.from(frame)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(readFrameHeader(flipped, 0), `bit ${bit}`).toBeUndefined()
    }
  })

  it('is not whole with any bit of its payload flipped, or cut short', () => {
    const frame = sealed([{ key: Buffer.from('k'), value: Buffer.from('value') }], 7, 1.7e12)
    const header = readFrameHeader(frame, 0)!
    expect(payloadIsWhole(header, frame, FRAME_HEADER_BYTES)).toBe(true)
    for (let bit = FRAME_HEADER_BYTES * 8; bit < frame.length * 8; bit += 1) {
      const flipped = Buffer.from(frame)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(payloadIsWhole(header, flipped, FRAME_HEADER_BYTES), `bit ${bit}`).toBe(false)
    }
    for (let length = 0; length < frame.length; length += 1) {
      const cut = frame.subarray(0, length)
      const read = readFrameHeader(cut, 0)
      expect(read === undefined || !payloadIsWhole(read, cut, FRAME_HEADER_BYTES), `length ${length}`).toBe(true)
    }
  })

  it('refuses a whole header of a later version', () => {
    const frame = encodeBatch([{ key: null, value: null }])
    frame[4] = 2
    sealFrame(frame, 0, 0)
    expect(() => readFrameHeader(frame, 0)).toThrow(expect.objectContaining({ code: 'format_too_new' }))
  })

  it('stops at limits, but gives the first record however large', () => {
    const batch = [...'abcdef'].map((letter) => ({ key: null, value: Buffer.from(letter.repeat(10)) }))
    const frame = sealed(batch, 0, 0)
    expect(decode(frame, 0, { records_max: 2, bytes_max: 1e9 })).toHaveLength(2)
    expect(decode(frame, 0, { records_max: 100, bytes_max: 35 })).toHaveLength(3)
    expect(decode(frame, 3, { records_max: 100, bytes_max: 1 })).toHaveLength(1)
  })

  it('refuses records and batches past their limits', () => {
    const tooLarge = expect.objectContaining({ code: 'record_too_large' })
    const half = Buffer.alloc(RECORD_BYTES_MAX / 2)
    expect(encodeBatch([{ key: half, value: half }])).toBeInstanceOf(Buffer)
    expect(() => encodeBatch([{ key: half, value: Buffer.concat([half, Buffer.alloc(1)]) }])).toThrow(tooLarge)
    const many = Array.from({ length: Math.ceil(BATCH_BYTES_MAX / half.length) }, () => ({ key: null, value: half }))
    expect(() => encodeBatch(many)).toThrow(tooLarge)
  })
})

function sealed(batch: readonly AppendRecord[], base: number, time: number): Buffer {
  const frame = encodeBatch(batch)
  sealFrame(frame, base, time)
  return frame
}

function decode(frame: Buffer, from: number, limits = NO_LIMITS): LogRecord[] {
  const header = readFrameHeader(frame, 0)!
  const cursor = { offset: header.base_offset, at: FRAME_HEADER_BYTES }
  skipRecords(header, frame, cursor, from)
  const out = new RecordBatch()
  decodeRecords(header, frame, cursor, limits, { bytes: 0, count: 0 }, out)
  return out.toArray()
}

/** No headers and empty headers mean the same. */
function content({ key, value, headers }: AppendRecord) {
  return { key: key?.toString('hex') ?? null, value: value?.toString('hex') ?? null, headers: { ...headers } }
}
