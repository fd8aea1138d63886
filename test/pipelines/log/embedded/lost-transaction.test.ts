import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../../pipelines/clock.ts'
import { type EmbeddedLog, openEmbeddedLog } from '../../../../pipelines/log/embedded/open.ts'
import { count, numbers, readAll, records, testFolder, topic } from './support.ts'

const SMALL = { segment_bytes: 300 }
const open = (dir: string, options = {}) => openEmbeddedLog({ dir, writes: 'all', clock: systemClock, ...options })

/** Does one thing to a log of ten records, and opens it with the meta store as it was before that. */
async function withoutItsTransaction(what: (log: EmbeddedLog) => Promise<unknown>, options = {}) {
  const dir = await testFolder()
  const log = await open(dir, options)
  await topic(log)
  await topic(log, 'other')
  for (const n of count(10)) await log.append('t', 0, records(1, 10, n))
  const { claim, consumer } = await memberOf(log)
  await consumer.commit(claim, { offset: 4, metadata: 'intent' })
  // Transactions are synchronous and nothing writes meanwhile: the copy is what a lost one leaves behind.
  await cp(join(dir, 'meta'), join(dir, 'before'), { recursive: true })
  await what(Object.assign(log, { claim, consumer }))
  await log.close()
  await rm(join(dir, 'meta'), { recursive: true })
  await cp(join(dir, 'before'), join(dir, 'meta'), { recursive: true })
  return dir
}

async function memberOf(log: EmbeddedLog) {
  const assigned = Promise.withResolvers<Parameters<Parameters<typeof log.join>[2]['onAssigned']>[0]>()
  const consumer = await log.join('g', ['t'], {
    onAssigned: assigned.resolve,
    onRevoked: async () => undefined,
    onFailed: assigned.reject,
  })
  return { consumer, claim: await assigned.promise }
}

describe('a log whose meta store lost its last transaction', () => {
  it.each([
    ['an append', {}, (log: EmbeddedLog) => log.append('t', 0, records(3, 10, 10)), 13],
    ['an append of two batches at once', {}, twoAppends, 13],
    ['an append that began a segment', SMALL, (log: EmbeddedLog) => log.append('t', 0, records(9, 30, 10)), 19],
    ['an append to another topic', {}, (log: EmbeddedLog) => log.append('other', 0, records(3)), 10],
  ] as const)('has all that was acknowledged after %s', async (_what, options, what, end) => {
    const dir = await withoutItsTransaction(what, options)
    const log = await open(dir, options)
    expect(numbers(await readAll(log))).toEqual(count(end))
    expect(await log.append('t', 0, records(1, 10, 999))).toBe(end)
    expect(numbers(await readAll(log)).at(-1)).toBe(999)
    expect(await log.groupOffsets('g', 't')).toEqual([{ offset: 4, metadata: 'intent' }])
    await log.close()
    // What was found is recorded: opening once more finds it again.
    const again = await open(dir, options)
    expect(numbers(await readAll(again))).toEqual([...count(end), 999])
    await again.close()
  })

  it('has the place of a group as it was, so that it reads some records once more and misses none', async () => {
    const dir = await withoutItsTransaction(async (log) => {
      const { claim, consumer } = log as EmbeddedLog & Awaited<ReturnType<typeof memberOf>>
      await consumer.commit(claim, { offset: 9, metadata: '' })
    })
    const log = await open(dir)
    expect(await log.groupOffsets('g', 't')).toEqual([{ offset: 4, metadata: 'intent' }])
    const { claim, consumer } = await memberOf(log)
    const read = await consumer.poll(claim, { records_max: 100, bytes_max: 1e6, wait_ms: 0 })
    expect(numbers(read)).toEqual(count(10, 4))
    await consumer.commit(claim, { offset: 10, metadata: '' })
    await log.close()
  })

  it('can be given the topic again that it forgot', async () => {
    const dir = await withoutItsTransaction((log) => topic(log, 'new'))
    const log = await open(dir)
    await expect(log.partitions('new')).rejects.toMatchObject({ code: 'unknown_topic' })
    await topic(log, 'new')
    await log.append('new', 0, records(2))
    expect(numbers(await readAll(log, 'new'))).toEqual([0, 1])
    expect(numbers(await readAll(log))).toEqual(count(10))
    await log.close()
  })

  it('is refused where retention has deleted what it still counts on', async () => {
    const dir = await withoutItsTransaction(async (log) => {
      const { claim, consumer } = log as EmbeddedLog & Awaited<ReturnType<typeof memberOf>>
      await consumer.commit(claim, { offset: 10, metadata: '' })
      const gone = await log.applyRetention(systemClock() + 2 * 86_400_000)
      expect(gone.segments).toBeGreaterThan(0)
    }, SMALL)
    await expect(open(dir, SMALL)).rejects.toMatchObject({
      code: 'log_corrupt',
      message: expect.stringContaining('the file is missing'),
    })
  })
})

async function twoAppends(log: EmbeddedLog): Promise<void> {
  await Promise.all([log.append('t', 0, records(2, 10, 10)), log.append('t', 0, records(1, 10, 12))])
}
