import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeBatch, frameOfPacked } from '../../../pipelines/log/embedded/frame.ts'
import { PACKED_HEAD_BYTES, RecordPacker, unpackRecords } from '../../../pipelines/log/packed.ts'

const word = fc.nat({ max: 0xffff_ffff })
const record = fc.record({ key: fc.tuple(word, word, word, word), value: fc.string({ unit: 'binary', maxLength: 40 }) })

it('lays records out as the log encodes them, in place', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 30 }), fc.nat({ max: 200 }), (records, bytes) => {
      const packer = new RecordPacker(bytes)
      for (const [i, { key, value }] of records.entries()) {
        const encoded = Buffer.from(value)
        if (i % 3 === 0) expect(packer.add(Uint32Array.from(key), value)).toBe(encoded.length)
        else if (i % 3 === 1)
          packer.addBytes(Uint32Array.of(7, ...key), 1, Buffer.from(`--${value}`), 2, 2 + encoded.length)
        else {
          encoded.copy(packer.room(encoded.length), packer.value_at)
          expect(packer.commit(Uint32Array.from(key), packer.value_at + encoded.length)).toBe(encoded.length)
        }
      }
      expect(packer.count).toBe(records.length)
      const packed = packer.take()
      expect(packed.bytes.length - PACKED_HEAD_BYTES).toBe(
        records.reduce((sum, { value }) => sum + 24 + Buffer.byteLength(value), 0),
      )
      const unpacked = unpackRecords(packed)
      expect(unpacked.map(({ value }) => value!.toString())).toStrictEqual(
        records.map(({ value }) => Buffer.from(value).toString()),
      )
      expect(unpacked.map(({ key }) => [0, 4, 8, 12].map((at) => key!.readUInt32LE(at)))).toStrictEqual(
        records.map(({ key }) => key),
      )
      if (records.length === 0) return
      const encoded = encodeBatch(unpacked)
      const frame = frameOfPacked(packed)
      expect(frame.subarray(0, 8)).toStrictEqual(encoded.subarray(0, 8))
      expect(frame.subarray(16, 24)).toStrictEqual(encoded.subarray(16, 24))
      expect(frame.subarray(32, 36)).toStrictEqual(encoded.subarray(32, 36))
      expect(frame.subarray(PACKED_HEAD_BYTES)).toStrictEqual(encoded.subarray(PACKED_HEAD_BYTES))
      expect(frame.buffer).toBe(packed.bytes.buffer)
      expect([packer.count, packer.size]).toStrictEqual([0, 0])
    }),
    { seed: 20260105 },
  )
})

it('refuses a record that the log does not take', () => {
  const packer = new RecordPacker()
  const out = packer.room(10_000_000)
  packer.commit(new Uint32Array(4), packer.value_at + out.subarray(0, 9_999_990).length)
  expect(() => frameOfPacked(packer.take())).toThrow('record 0 has 10000006 bytes')
})
