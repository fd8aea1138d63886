import { describe, expect, it } from 'vitest'
import type { LogUnderTest } from '../contract.ts'
import { ALL, expectCode, newTopic, numbered, TEST_TIMEOUT_MS, texts, unique, values } from './support.ts'

export function appendContract(under: LogUnderTest): void {
  describe('topics and append', { timeout: TEST_TIMEOUT_MS }, () => {
    it('creates topics once and never changes their partition count', async () => {
      const log = under.log()
      const topic = await newTopic(log, 3)
      expect(await log.partitions(topic)).toBe(3)
      await log.append(topic, 1, values('kept'))
      await log.ensureTopics([{ name: topic, partitions: 5, retention_ms: 86_400_000, retention_bytes: 1_000_000 }])
      expect(await log.partitions(topic)).toBe(3)
      expect(await log.bounds(topic)).toEqual([
        { start: 0, end: 0 },
        { start: 0, end: 1 },
        { start: 0, end: 0 },
      ])
    })

    it('gives the same answer when a topic is ensured by several callers at once', async () => {
      const log = under.log()
      const spec = { name: unique('contract'), partitions: 2, retention_ms: 86_400_000, retention_bytes: 1_000_000 }
      await Promise.all([log.ensureTopics([spec]), log.ensureTopics([spec]), log.ensureTopics([spec])])
      expect(await log.partitions(spec.name)).toBe(2)
    })

    it('refuses what it does not know', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      const missing = unique('missing')
      await expectCode(log.partitions(missing), 'unknown_topic')
      await expectCode(log.bounds(missing), 'unknown_topic')
      await expectCode(log.append(missing, 0, values('a')), 'unknown_topic')
      await expectCode(log.read(missing, 0, 0, ALL), 'unknown_topic')
      await expectCode(log.append(topic, 1, values('a')), 'unknown_topic')
      await expectCode(log.read(topic, 1, 0, ALL), 'unknown_topic')
    })

    it('numbers records from 0 without gaps and answers with the first offset', async () => {
      const log = under.log()
      const topic = await newTopic(log, 2)
      expect(await log.append(topic, 0, values('a'))).toBe(0)
      expect(await log.append(topic, 0, values('b', 'c'))).toBe(1)
      expect(await log.append(topic, 1, values('other'))).toBe(0)
      expect(await log.append(topic, 0, values('d'))).toBe(3)
      expect(await log.bounds(topic)).toEqual([
        { start: 0, end: 4 },
        { start: 0, end: 1 },
      ])
      const records = await log.read(topic, 0, 0, { ...ALL, records_max: 4 })
      expect(texts(records)).toEqual(['a', 'b', 'c', 'd'])
      expect(records.map((record) => record.offset)).toEqual([0, 1, 2, 3])
    })

    it('keeps each append together and in order when many run at once', async () => {
      const log = under.log()
      const topic = await newTopic(log, 2)
      const writes = Array.from({ length: 40 }, async (_, index) => {
        const texts = numbered(`w${index}-`, 5)
        return { index, partition: index % 2, offset: await log.append(topic, index % 2, values(...texts)) }
      })
      const done = await Promise.all(writes)
      for (const partition of [0, 1]) {
        const records = await log.read(topic, partition, 0, { ...ALL, records_max: 100 })
        expect(records).toHaveLength(100)
        for (const write of done.filter((each) => each.partition === partition)) {
          expect(texts(records.slice(write.offset, write.offset + 5))).toEqual(numbered(`w${write.index}-`, 5))
        }
      }
    })

    it('keeps the order in which appends to one partition were called', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      const offsets = await Promise.all(numbered('', 20).map((text) => log.append(topic, 0, values(text))))
      expect(offsets).toEqual([...Array(20).keys()])
    })

    it('takes a record of 9 MB and refuses one above 10 MB, with nothing of its batch written', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      const large = Buffer.alloc(9_000_000, 7)
      await log.append(topic, 0, [{ key: null, value: large }])
      const tooLarge = { key: null, value: Buffer.alloc(10_000_001) }
      await expectCode(log.append(topic, 0, [...values('first'), tooLarge]), 'record_too_large')
      expect(await log.append(topic, 0, values('next'))).toBe(1)
      const records = await log.read(topic, 0, 0, { ...ALL, records_max: 2 })
      expect(records).toHaveLength(2)
      expect(records[0]?.value?.equals(large)).toBe(true)
    })
  })
}
