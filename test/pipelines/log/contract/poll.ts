import { describe, expect, it } from 'vitest'
import type { LogUnderTest } from '../contract.ts'
import {
  ALL,
  expectCode,
  joinAlone,
  NOW,
  newTopic,
  numbered,
  pollCount,
  TEST_TIMEOUT_MS,
  texts,
  UNTIL_WOKEN_MS,
  unique,
  values,
} from './support.ts'

export function pollContract(under: LogUnderTest): void {
  describe('poll and seek', { timeout: TEST_TIMEOUT_MS }, () => {
    it('never gives more than records_max and bytes_max, loses nothing, and keeps the order', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      const all = numbered('p', 1_000)
      await log.append(topic, 0, values(...all.slice(0, 600)))
      const { consumer, claim } = await joinAlone(log, unique('group'), topic, under.settleMs())
      await log.append(topic, 0, values(...all.slice(600)))
      const seen: (string | null)[] = []
      const limits = [
        { records_max: 7, bytes_max: 1_000_000 },
        { records_max: 1_000, bytes_max: 100 },
        { records_max: 313, bytes_max: 1_000_000 },
      ]
      for (let turn = 0; seen.length < all.length; turn += 1) {
        const limit = limits[turn % limits.length] ?? NOW
        const records = await consumer.poll(claim, { ...ALL, ...limit })
        expect(records.length).toBeGreaterThan(0)
        expect(records.length).toBeLessThanOrEqual(limit.records_max)
        const bytes = records.reduce((sum, record) => sum + (record.value?.length ?? 0), 0)
        expect(bytes).toBeLessThanOrEqual(limit.bytes_max)
        expect(records[0]?.offset).toBe(seen.length)
        seen.push(...texts(records))
      }
      expect(seen).toEqual(all)
      expect(await consumer.poll(claim, NOW)).toEqual([])
      await consumer.close()
    })

    it('waits for a record and wakes when one comes', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      const { consumer, claim } = await joinAlone(log, unique('group'), topic, under.settleMs())
      expect(await consumer.poll(claim, { ...ALL, wait_ms: 100 })).toEqual([])
      const waiting = consumer.poll(claim, { ...ALL, wait_ms: UNTIL_WOKEN_MS })
      await new Promise((resolve) => setTimeout(resolve, 100))
      await log.append(topic, 0, values('woken'))
      expect(texts(await waiting)).toEqual(['woken'])
      await consumer.close()
    })

    it('seeks back and forth', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      await log.append(topic, 0, values(...numbered('s', 50)))
      const { consumer, claim } = await joinAlone(log, unique('group'), topic, under.settleMs())
      expect(texts(await pollCount(consumer, claim, 10, { ...ALL, records_max: 10 }))).toEqual(numbered('s', 10))
      for (const offset of [3, 40, 0, 49]) {
        consumer.seek(claim, offset)
        const [record] = await consumer.poll(claim, { ...ALL, records_max: 1 })
        expect(record?.offset).toBe(offset)
        expect(record?.value?.toString()).toBe(`s${offset}`)
      }
      consumer.seek(claim, 50)
      expect(await consumer.poll(claim, NOW)).toEqual([])
      await consumer.close()
    })

    it('gives records whose bytes stay what they are while polling goes on', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      const { consumer, claim } = await joinAlone(log, unique('group'), topic, under.settleMs())
      const all = numbered('stay', 3_000)
      for (let from = 0; from < all.length; from += 500)
        await log.append(topic, 0, values(...all.slice(from, from + 500)))
      const records = await pollCount(consumer, claim, all.length, { ...ALL, records_max: 250 })
      expect(texts(records)).toEqual(all)
      await consumer.close()
    })

    it('refuses a claim it never gave', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      const { consumer, claim } = await joinAlone(log, unique('group'), topic, under.settleMs())
      const stale = { ...claim, generation: claim.generation - 1 }
      await expectCode(consumer.poll(stale, NOW), 'fenced')
      await expectCode(consumer.commit(stale, { offset: 0, metadata: '' }), 'fenced')
      await expectCode(consumer.committed(stale), 'fenced')
      await expectCode(() => consumer.seek(stale, 0), 'fenced')
      await consumer.close()
    })
  })
}
