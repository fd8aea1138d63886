import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assign, type Place, placeName } from '../../../../pipelines/log/embedded/assign.ts'
import type { Claim, Consumer, Log } from '../../../../pipelines/log/port.ts'
import { count, numbers, records, testLog, topic } from './support.ts'

const NOW = { records_max: 100, bytes_max: 1e6, wait_ms: 0 }

describe('sharing partitions', () => {
  const memberCount = fc.integer({ min: 1, max: 6 })
  const places = (n: number): Place[] => count(n).map((partition) => ({ topic: 't', partition }))

  it('gives every partition to one member, evenly, and keeps what need not move', () => {
    fc.assert(
      fc.property(memberCount, memberCount, fc.integer({ min: 1, max: 40 }), (before, after, partitions) => {
        const wants = (members: number) => new Map(count(members).map((member) => [member, places(partitions)]))
        const first = assign(wants(before), new Map())
        const second = assign(wants(after), first)
        for (const assigned of [first, second]) {
          expect([...assigned.keys()].sort()).toEqual(places(partitions).map(placeName).sort())
        }
        const loads = (assigned: Map<string, number>, members: number) =>
          count(members).map((member) => [...assigned.values()].filter((each) => each === member).length)
        const load = loads(second, after)
        expect(Math.max(...load) - Math.min(...load)).toBeLessThanOrEqual(1)
        const moved = [...second].filter(([name, member]) => first.get(name) !== member).length
        const surplus = loads(first, before).map((held, member) =>
          member < after ? Math.max(0, held - Math.floor(partitions / after)) : held,
        )
        expect(moved).toBeLessThanOrEqual(surplus.reduce((sum, each) => sum + each, 0))
      }),
    )
  })

  it('gives members only what they asked for', () => {
    const wants = new Map([
      ['a', [{ topic: 'x', partition: 0 }]],
      ['b', [...places(2), { topic: 'x', partition: 0 }]],
    ])
    const assigned = assign(wants, new Map([['t/0', 'a']]))
    expect(Object.fromEntries(assigned)).toEqual({ 'x/0': 'a', 't/0': 'b', 't/1': 'b' })
  })
})

describe('giving a partition up', () => {
  it('lets the owner commit what it has done before the next one reads its place', async () => {
    const log = await testLog()
    await topic(log)
    await log.append('t', 0, records(5))
    const first: Joined = await join(log, async (claim) => {
      await expect(first.consumer.poll(claim, NOW)).rejects.toMatchObject({ code: 'fenced' })
      await first.consumer.commit(claim, { offset: 3, metadata: 'last word' })
    })
    const claim = await first.assigned
    expect(numbers(await first.consumer.poll(claim, NOW))).toEqual(count(5))
    await first.consumer.close()
    const second = await join(log)
    const taken = await second.assigned
    expect(await second.consumer.committed(taken)).toEqual({ offset: 3, metadata: 'last word' })
    expect(numbers(await second.consumer.poll(taken, NOW))).toEqual([3, 4])
    await expect(first.consumer.commit(claim, { offset: 5, metadata: '' })).rejects.toMatchObject({ code: 'fenced' })
  })

  it('waits for a commit under way before the next owner reads its place', async () => {
    const log = await testLog()
    await topic(log)
    await log.append('t', 0, records(5))
    let storing: Promise<void> | undefined
    const first: Joined = await join(log, async (claim) => {
      storing = first.consumer.commit(claim, { offset: 4, metadata: 'in flight' })
    })
    await first.assigned
    const second = await join(log)
    await first.consumer.close()
    await storing
    const claim = await second.assigned
    expect(await second.consumer.committed(claim)).toEqual({ offset: 4, metadata: 'in flight' })
    expect(numbers(await second.consumer.poll(claim, NOW))).toEqual([4])
    expect(await log.groupOffsets('g', 't')).toEqual([{ offset: 4, metadata: 'in flight' }])
  })

  it('waits no longer than revoke_timeout_ms, and fences what comes later', async () => {
    const log = await testLog({ revoke_timeout_ms: 100 })
    await topic(log)
    const stuck = Promise.withResolvers<void>()
    const first = await join(log, () => stuck.promise)
    const claim = await first.assigned
    const started = performance.now()
    await first.consumer.close()
    expect(performance.now() - started).toBeGreaterThanOrEqual(99)
    await expect(first.consumer.commit(claim, { offset: 1, metadata: '' })).rejects.toMatchObject({ code: 'fenced' })
    stuck.resolve()
    expect(await log.groupOffsets('g', 't')).toEqual([{ offset: -1, metadata: '' }])
  })

  it('tells the owner when a handler throws, and goes on', async () => {
    const log = await testLog()
    await topic(log)
    const mistake = new Error('mistake')
    const first = await join(log, () => Promise.reject(mistake))
    await first.assigned
    await first.consumer.close()
    expect(first.failures).toEqual([mistake])
    const second = await join(log)
    expect(await second.assigned).toMatchObject({ generation: 2 })
  })

  it('moves a claim only: whoever keeps its partition goes on undisturbed', async () => {
    const log = await testLog()
    await topic(log, 't', 4)
    const claims = new Map<number, Claim>()
    const revoked: number[] = []
    await log.join('g', ['t'], {
      onAssigned: (claim) => claims.set(claim.partition, claim),
      onRevoked: async (claim) => void revoked.push(claim.partition),
      onFailed: (error) => expect.unreachable(error.message),
    })
    await expect.poll(() => claims.size).toBe(4)
    const second = await join(log)
    await second.assigned
    await expect.poll(() => revoked.length).toBe(2)
    expect(new Set([...claims.values()].map(({ generation }) => generation))).toEqual(new Set([1]))
  })
})

describe('one claim', () => {
  it('answers polls one after the other, and a seek moves the poll that waits', async () => {
    const log = await testLog()
    await topic(log)
    await log.append('t', 0, records(10))
    const { consumer, assigned } = await join(log)
    const claim = await assigned
    const some = { ...NOW, records_max: 3 }
    const polls = await Promise.all([
      consumer.poll(claim, some),
      consumer.poll(claim, some),
      consumer.poll(claim, some),
    ])
    expect(polls.flatMap(numbers)).toEqual(count(9))
    consumer.seek(claim, 10)
    const waiting = consumer.poll(claim, { ...NOW, wait_ms: 30_000 })
    await new Promise((resolve) => setTimeout(resolve, 20))
    consumer.seek(claim, 8)
    expect(numbers(await waiting)).toEqual([8, 9])
    expect(() => consumer.seek(claim, -1)).toThrow(RangeError)
    await expect(consumer.commit(claim, { offset: Number.NaN, metadata: '' })).rejects.toThrow(RangeError)
  })
})

type Joined = { readonly consumer: Consumer; readonly assigned: Promise<Claim>; readonly failures: Error[] }

async function join(log: Log, onRevoked: (claim: Claim) => Promise<void> = async () => {}): Promise<Joined> {
  const assigned = Promise.withResolvers<Claim>()
  const failures: Error[] = []
  const consumer = await log.join('g', ['t'], {
    onAssigned: assigned.resolve,
    onRevoked,
    onFailed: (error) => failures.push(error),
  })
  return { consumer, assigned: assigned.promise, failures }
}
