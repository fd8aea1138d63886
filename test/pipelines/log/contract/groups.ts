import { describe, expect, it } from 'vitest'
import type { LogUnderTest } from '../contract.ts'
import { joinAlone, joinAs, newTopic, pollCount, TEST_TIMEOUT_MS, texts, unique, values } from './support.ts'

const METADATA_BYTES_MAX = 4_096

export function groupContract(under: LogUnderTest): void {
  describe('groups: places and metadata', { timeout: TEST_TIMEOUT_MS }, () => {
    it('knows no place before the first commit', async () => {
      const log = under.log()
      const topic = await newTopic(log, 2)
      const never = { offset: -1, metadata: '' }
      expect(await log.groupOffsets(unique('group'), topic)).toEqual([never, never])
    })

    it('starts at the first record, commits with metadata, and tells everybody', async () => {
      const log = under.log()
      const [topic, group] = [await newTopic(log), unique('group')]
      await log.append(topic, 0, values('a', 'b', 'c'))
      const { consumer, claim } = await joinAlone(log, group, topic, under.settleMs())
      expect(claim).toMatchObject({ topic, partition: 0 })
      expect(await consumer.committed(claim)).toEqual({ offset: -1, metadata: '' })
      expect(texts(await pollCount(consumer, claim, 3))).toEqual(['a', 'b', 'c'])
      await consumer.commit(claim, { offset: 0, metadata: '{"lo":0,"hi":2}' })
      expect(await consumer.committed(claim)).toEqual({ offset: 0, metadata: '{"lo":0,"hi":2}' })
      await consumer.commit(claim, { offset: 2, metadata: '' })
      expect(await consumer.committed(claim)).toEqual({ offset: 2, metadata: '' })
      expect(await log.groupOffsets(group, topic)).toEqual([{ offset: 2, metadata: '' }])
      await consumer.close()
      expect(await log.groupOffsets(group, topic)).toEqual([{ offset: 2, metadata: '' }])
    })

    it('goes on at the committed place with the next member, not at the polled one', async () => {
      const log = under.log()
      const [topic, group] = [await newTopic(log), unique('group')]
      await log.append(topic, 0, values('a', 'b', 'c', 'd'))
      const first = await joinAlone(log, group, topic, under.settleMs())
      expect(await pollCount(first.consumer, first.claim, 4)).toHaveLength(4)
      await first.consumer.commit(first.claim, { offset: 1, metadata: 'm' })
      await first.consumer.close()
      const second = await joinAlone(log, group, topic, under.settleMs())
      expect(second.claim.generation).toBeGreaterThan(first.claim.generation)
      expect(await second.consumer.committed(second.claim)).toEqual({ offset: 1, metadata: 'm' })
      expect(texts(await pollCount(second.consumer, second.claim, 3))).toEqual(['b', 'c', 'd'])
      await second.consumer.close()
    })

    it('keeps groups apart', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      const [groupA, groupB] = [unique('group'), unique('group')]
      await log.append(topic, 0, values('a', 'b'))
      const a = await joinAlone(log, groupA, topic, under.settleMs())
      const b = await joinAlone(log, groupB, topic, under.settleMs())
      await a.consumer.commit(a.claim, { offset: 2, metadata: 'a' })
      expect(texts(await pollCount(b.consumer, b.claim, 2))).toEqual(['a', 'b'])
      expect(await log.groupOffsets(groupA, topic)).toEqual([{ offset: 2, metadata: 'a' }])
      expect(await log.groupOffsets(groupB, topic)).toEqual([{ offset: -1, metadata: '' }])
      await Promise.all([a.consumer.close(), b.consumer.close()])
    })

    it('keeps partitions and topics of one group apart', async () => {
      const log = under.log()
      const [one, two, group] = [await newTopic(log, 2), await newTopic(log), unique('group')]
      const member = await joinAs(log, group, [one, two])
      const places = () => [...member.held.keys()].sort()
      await expect.poll(places, { timeout: under.settleMs() }).toEqual([`${one}/0`, `${one}/1`, `${two}/0`].sort())
      const claim = member.held.get(`${one}/1`)
      if (claim === undefined) throw new Error('no claim')
      await log.append(one, 1, values('x'))
      await member.consumer.commit(claim, { offset: 1, metadata: 'one/1' })
      expect(await log.groupOffsets(group, one)).toEqual([
        { offset: -1, metadata: '' },
        { offset: 1, metadata: 'one/1' },
      ])
      expect(await log.groupOffsets(group, two)).toEqual([{ offset: -1, metadata: '' }])
      await member.consumer.close()
    })

    it('stores metadata of 4,096 bytes and refuses more, leaving the place as it was', async () => {
      const log = under.log()
      const [topic, group] = [await newTopic(log), unique('group')]
      const { consumer, claim } = await joinAlone(log, group, topic, under.settleMs())
      const longest = { offset: 0, metadata: `é${'x'.repeat(METADATA_BYTES_MAX - 2)}` }
      await consumer.commit(claim, longest)
      expect(await consumer.committed(claim)).toEqual(longest)
      await expect(
        consumer.commit(claim, { offset: 0, metadata: `é${'x'.repeat(METADATA_BYTES_MAX - 1)}` }),
      ).rejects.toThrow()
      expect(await consumer.committed(claim)).toEqual(longest)
      await consumer.close()
    })
  })
}
