import { describe, expect, it } from 'vitest'
import type { LogUnderTest } from '../contract.ts'
import {
  ALL,
  expectCode,
  joinAlone,
  joinAs,
  newTopic,
  numbered,
  pollCount,
  TEST_TIMEOUT_MS,
  texts,
  unique,
  values,
} from './support.ts'

/** Last in the suite: these tests replace the log. */
export function closingContract(under: LogUnderTest): void {
  describe('closing and opening again', { timeout: TEST_TIMEOUT_MS }, () => {
    it('keeps records, places and metadata, and generations go on growing', async () => {
      const [topic, group] = [await newTopic(under.log()), unique('group')]
      await under.log().append(topic, 0, values(...numbered('k', 10)))
      const first = await joinAlone(under.log(), group, topic, under.settleMs())
      await first.consumer.commit(first.claim, { offset: 4, metadata: 'intent' })
      await first.consumer.close()

      const log = await under.reopen()
      expect(await log.partitions(topic)).toBe(1)
      expect(await log.bounds(topic)).toEqual([{ start: 0, end: 10 }])
      expect(await log.groupOffsets(group, topic)).toEqual([{ offset: 4, metadata: 'intent' }])
      expect(await log.append(topic, 0, values('k10'))).toBe(10)
      const second = await joinAlone(log, group, topic, under.settleMs())
      expect(second.claim.generation).toBeGreaterThan(first.claim.generation)
      expect(texts(await pollCount(second.consumer, second.claim, 7))).toEqual(numbered('k', 11).slice(4))
      await second.consumer.close()
    })

    it('closes its members with the log, and refuses everything afterwards', async () => {
      const log = under.log()
      const [topic, group] = [await newTopic(log), unique('group')]
      const { held, claim, consumer } = await joinAlone(log, group, topic, under.settleMs())
      await log.close()
      expect(held.size).toBe(0)
      await expectCode(log.append(topic, 0, values('late')), 'log_closed')
      await expectCode(log.read(topic, 0, 0, ALL), 'log_closed')
      await expectCode(log.bounds(topic), 'log_closed')
      await expectCode(joinAs(log, group, [topic]), 'log_closed')
      await expect(consumer.commit(claim, { offset: 0, metadata: '' })).rejects.toThrow()
      await log.close()
      await under.reopen()
    })
  })
}
