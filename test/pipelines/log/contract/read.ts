import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../../pipelines/clock.ts'
import type { LogRecord } from '../../../../pipelines/log/port.ts'
import type { LogUnderTest } from '../contract.ts'
import { ALL, expectCode, NOW, newTopic, numbered, TEST_TIMEOUT_MS, texts, UNTIL_WOKEN_MS, values } from './support.ts'

/** The broker's clock is its own, even on one machine. */
const CLOCK_SKEW_MS = 5_000

export function readContract(under: LogUnderTest): void {
  describe('read', { timeout: TEST_TIMEOUT_MS }, () => {
    it('gives back keys, values, nulls, empty buffers, any bytes and headers as they were', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
      const before = systemClock()
      await log.append(topic, 0, [
        { key: Buffer.from('k'), value: Buffer.from('v') },
        { key: null, value: null },
        { key: Buffer.alloc(0), value: Buffer.alloc(0) },
        { key: allBytes, value: allBytes, headers: { tenant: 'demo', größe: 'schön ✓', empty: '' } },
      ])
      const after = systemClock()
      const records = await log.read(topic, 0, 0, { ...ALL, records_max: 4 })
      expect(records.map(plain)).toEqual([
        { offset: 0, key: '6b', value: '76', headers: {} },
        { offset: 1, key: null, value: null, headers: {} },
        { offset: 2, key: '', value: '', headers: {} },
        {
          offset: 3,
          key: allBytes.toString('hex'),
          value: allBytes.toString('hex'),
          headers: { tenant: 'demo', größe: 'schön ✓', empty: '' },
        },
      ])
      for (const record of records) {
        expect(record.timestamp_ms).toBeGreaterThanOrEqual(before - CLOCK_SKEW_MS)
        expect(record.timestamp_ms).toBeLessThanOrEqual(after + CLOCK_SKEW_MS)
      }
    })

    it('starts inside a batch, stops at records_max, and gives fewer only at the end', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      await log.append(topic, 0, values(...numbered('r', 10)))
      await log.append(topic, 0, values(...numbered('s', 15)))
      const sizes: number[] = []
      let offset = 3
      for (;;) {
        const records = await log.read(topic, 0, offset, { ...NOW, records_max: 10 })
        sizes.push(records.length)
        expect(records[0]?.offset ?? offset).toBe(offset)
        offset += records.length
        if (records.length < 10) break
      }
      expect(sizes).toEqual([10, 10, 2])
      expect(texts(await log.read(topic, 0, 9, { ...ALL, records_max: 2 }))).toEqual(['r9', 's0'])
    })

    it('keeps to bytes_max, but always gives at least one record', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      await log.append(topic, 0, values(...Array.from({ length: 20 }, () => 'x'.repeat(1_000))))
      const few = await log.read(topic, 0, 0, { ...ALL, records_max: 20, bytes_max: 5_000 })
      expect(few.length).toBeGreaterThanOrEqual(1)
      expect(few.length).toBeLessThanOrEqual(5)
      expect(await log.read(topic, 0, 4, { ...ALL, records_max: 20, bytes_max: 10 })).toHaveLength(1)
    })

    it('answers an empty list at the end once wait_ms has passed', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      await log.append(topic, 0, values('a'))
      const started = performance.now()
      expect(await log.read(topic, 0, 1, { ...ALL, wait_ms: 300 })).toEqual([])
      expect(performance.now() - started).toBeGreaterThan(200)
      expect(await log.read(topic, 0, 1, { ...ALL, wait_ms: 0 })).toEqual([])
    })

    it('wakes a waiting reader when a record arrives', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      const waiting = log.read(topic, 0, 0, { ...ALL, records_max: 1, wait_ms: UNTIL_WOKEN_MS })
      await new Promise((resolve) => setTimeout(resolve, 100))
      await log.append(topic, 0, values('woken'))
      expect(texts(await waiting)).toEqual(['woken'])
    })

    it('refuses offsets that the log does not have', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      await log.append(topic, 0, values('a', 'b'))
      await expectCode(log.read(topic, 0, 3, NOW), 'offset_out_of_range')
      await expectCode(log.read(topic, 0, -1, NOW), 'offset_out_of_range')
    })

    it('reads many records in order, however they were batched', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      const all = numbered('n', 5_000)
      for (let from = 0, size = 1; from < all.length; from += size, size = (size * 3) % 701 || 1) {
        const batch = all.slice(from, from + size)
        expect(await log.append(topic, 0, values(...batch))).toBe(from)
      }
      const seen: (string | null)[] = []
      while (seen.length < all.length) {
        const records = await log.read(topic, 0, seen.length, { ...ALL, records_max: 777 })
        expect(records.length).toBeGreaterThan(0)
        seen.push(...texts(records))
      }
      expect(seen).toEqual(all)
    })
  })
}

/** Headers left out and no headers mean the same. */
function plain(record: LogRecord) {
  return {
    offset: record.offset,
    key: record.key?.toString('hex') ?? null,
    value: record.value?.toString('hex') ?? null,
    headers: { ...record.headers },
  }
}
