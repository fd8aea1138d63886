import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { LogRecord } from '../../../pipelines/log/port.ts'
import { RecordBatch } from '../../../pipelines/log/record-batch.ts'

const bytes = fc.option(fc.uint8Array({ maxLength: 20 }), { nil: null })

it('gives back what was pushed, whether keys and values share a buffer or not', () => {
  const one = fc.record({ key: bytes, value: bytes, isApart: fc.boolean() })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 700 }), (all) => {
      const shared = Buffer.alloc(700 * 40)
      let at = 0
      const put = (part: Uint8Array | null, isApart: boolean): Buffer | null => {
        if (part === null) return null
        if (isApart) return Buffer.from(part.slice().buffer)
        shared.set(part, at)
        at += part.length
        return shared.subarray(at - part.length, at)
      }
      const records = all.map(
        ({ isApart, key, value }, n): LogRecord => ({
          offset: 2 ** 40 + n,
          timestamp_ms: 1.7e12 + n,
          key: put(key, isApart),
          value: put(value, isApart),
          ...(isApart ? { headers: { n: String(n) } } : {}),
        }),
      )
      const batch = new RecordBatch()
      for (const record of records) batch.push(record)
      const taken = new RecordBatch()
      for (let n = 0; n < batch.length; n++) taken.take(batch, n)
      expect(taken.toArray()).toEqual(records)
      expect(batch.length).toBe(records.length)
      for (const [n, record] of records.entries()) {
        expect(batch.at(n)).toEqual(record)
        expect(batch.bytesOf(n)).toBe((record.key?.length ?? 0) + (record.value?.length ?? 0))
        expect([batch.offsetOf(n), batch.timestampOf(n)]).toEqual([record.offset, record.timestamp_ms])
      }
    }),
    { seed: 7, numRuns: 60 },
  )
})
