import { describe, expect, it } from 'vitest'
import type { Claim } from '../../../../pipelines/log/port.ts'
import type { LogUnderTest } from '../contract.ts'
import {
  expectCode,
  joinAlone,
  joinAs,
  type Member,
  NOW,
  newTopic,
  numbered,
  place,
  pollCount,
  settled,
  TEST_TIMEOUT_MS,
  texts,
  UNTIL_WOKEN_MS,
  unique,
  values,
} from './support.ts'

const PARTITIONS = 4

export function rebalanceContract(under: LogUnderTest): void {
  describe('groups: members come and go', { timeout: TEST_TIMEOUT_MS }, () => {
    it('calls no handler before join has given the consumer', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      let joined = false
      const early: Claim[] = []
      const assigned = Promise.withResolvers<void>()
      const consumer = await log.join(unique('group'), [topic], {
        onAssigned: (claim) => {
          if (!joined) early.push(claim)
          assigned.resolve()
        },
        onRevoked: async () => {},
        onFailed: (error) => assigned.reject(error),
      })
      joined = true
      await assigned.promise
      expect(early).toEqual([])
      await consumer.close()
    })

    it('shares partitions among members and gives them back when one leaves', async () => {
      const log = under.log()
      const [topic, group] = [await newTopic(log, PARTITIONS), unique('group')]
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        await log.append(topic, partition, values(...numbered(`p${partition}-`, 5)))
      }
      const first = await joinAs(log, group, [topic])
      await settled([first], topic, PARTITIONS, under.settleMs())
      const second = await joinAs(log, group, [topic])
      await settled([first, second], topic, PARTITIONS, under.settleMs())
      for (const member of [first, second]) {
        for (const claim of member.held.values()) {
          expect(texts(await pollCount(member.consumer, claim, 5))).toEqual(numbered(`p${claim.partition}-`, 5))
        }
      }
      await first.consumer.close()
      expect(first.held.size).toBe(0)
      await settled([second], topic, PARTITIONS, under.settleMs())
      await second.consumer.close()
      expect([...first.failures, ...second.failures]).toEqual([])
      expectOrderly(first)
      expectOrderly(second)
      expectGenerationsGrow([first, second])
    })

    it('fences the claims of a member that lost its partition to another', async () => {
      const log = under.log()
      const [topic, group] = [await newTopic(log, 2), unique('group')]
      await log.append(topic, 0, values('a'))
      await log.append(topic, 1, values('b'))
      const first = await joinAs(log, group, [topic])
      await settled([first], topic, 2, under.settleMs())
      const before = [...first.held.values()]
      const second = await joinAs(log, group, [topic])
      await settled([first, second], topic, 2, under.settleMs())
      const [moved] = second.held.values()
      const lost = before.find((claim) => claim.partition === moved?.partition)
      if (moved === undefined || lost === undefined) throw new Error('no partition moved')
      expect(moved.generation).toBeGreaterThan(lost.generation)
      await second.consumer.commit(moved, { offset: 1, metadata: 'new owner' })
      await expectCode(first.consumer.poll(lost, NOW), 'fenced')
      await expectCode(first.consumer.commit(lost, { offset: 0, metadata: 'old owner' }), 'fenced')
      expect(await second.consumer.committed(moved)).toEqual({ offset: 1, metadata: 'new owner' })
      await Promise.all([first.consumer.close(), second.consumer.close()])
    })

    it('waits for onRevoked before close is done, and fences afterwards', async () => {
      const log = under.log()
      const [topic, group] = [await newTopic(log), unique('group')]
      let dropped = false
      const member = await joinAs(log, group, [topic], async () => {
        await new Promise((resolve) => setTimeout(resolve, 200))
        dropped = true
      })
      await settled([member], topic, 1, under.settleMs())
      const [claim] = member.held.values()
      if (claim === undefined) throw new Error('no claim')
      await member.consumer.close()
      expect(dropped).toBe(true)
      await expectCode(member.consumer.poll(claim, NOW), 'fenced')
      await expectCode(member.consumer.commit(claim, { offset: 0, metadata: '' }), 'fenced')
      expect(await log.groupOffsets(group, topic)).toEqual([{ offset: -1, metadata: '' }])
    })

    it('ends a poll that waits when its claim is lost', async () => {
      const log = under.log()
      const topic = await newTopic(log)
      const { consumer, claim } = await joinAlone(log, unique('group'), topic, under.settleMs())
      const ending = consumer.poll(claim, { ...NOW, wait_ms: UNTIL_WOKEN_MS }).then(
        (records) => records.length,
        (error: { code?: string }) => error.code,
      )
      await consumer.close()
      expect([0, 'fenced']).toContain(await ending)
    })
  })
}

/** Assigned before revoked, never twice without the other between, and nothing held at the end. */
function expectOrderly(member: Member): void {
  const holding = new Set<string>()
  for (const { what, claim } of member.history) {
    const key = `${place(claim)}@${claim.generation}`
    if (what === 'assigned') {
      expect([...holding].some((each) => each.startsWith(`${place(claim)}@`))).toBe(false)
      holding.add(key)
    } else {
      expect(holding.delete(key)).toBe(true)
    }
  }
  expect([...holding]).toEqual([])
}

/** No two assignments of a partition in a group carry the same generation. */
function expectGenerationsGrow(members: readonly Member[]): void {
  const seen = new Set<string>()
  for (const { what, claim } of members.flatMap((member) => member.history)) {
    if (what === 'revoked') continue
    const key = `${place(claim)}@${claim.generation}`
    expect(seen.has(key)).toBe(false)
    seen.add(key)
  }
}
