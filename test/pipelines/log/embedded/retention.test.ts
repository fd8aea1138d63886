import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { count, manualClock, numbers, readAll, records, testFolder, testLog, topic } from './support.ts'

const DAY_MS = 86_400_000
const START_MS = 1_700_000_000_000

/** Ten segments of ten records each, a day apart. */
async function tenDays(retention: object) {
  const clock = manualClock(START_MS)
  const dir = await testFolder()
  const log = await testLog({ dir, clock, segment_bytes: 1 })
  await topic(log, 't', 1, { retention_ms: 1e15, ...retention })
  for (let day = 0; day < 10; day += 1) {
    await log.append('t', 0, records(10, 100, day * 10))
    clock.now_ms += DAY_MS
  }
  const files = () => readdir(join(dir, 'topics/t/0'))
  return { clock, dir, log, files }
}

describe('retention', () => {
  it('deletes whole segments past their age, and refuses what they held', async () => {
    const { clock, log, files } = await tenDays({ retention_ms: 4.5 * DAY_MS })
    expect(await log.applyRetention(clock())).toMatchObject({ segments: 6 })
    expect(await log.bounds('t')).toEqual([{ start: 60, end: 100 }])
    expect(await files()).toHaveLength(4)
    expect(numbers(await readAll(log))).toEqual(count(100, 60))
    const options = { records_max: 1, bytes_max: 100, wait_ms: 0 }
    await expect(log.read('t', 0, 59, options)).rejects.toMatchObject({ code: 'offset_out_of_range' })
    expect(await log.applyRetention(clock())).toEqual({ segments: 0, bytes: 0 })
  })

  it('deletes the oldest segments past the bytes of the topic', async () => {
    const { clock, log } = await tenDays({ retention_bytes: 5_000 })
    const { segments, bytes } = await log.applyRetention(clock())
    expect(segments).toBe(6)
    expect(bytes).toBeGreaterThan(6 * 1_000)
    expect(numbers(await readAll(log))).toEqual(count(100, 60))
  })

  it('never passes the smallest committed offset of a group', async () => {
    const { clock, log } = await tenDays({ retention_ms: DAY_MS })
    const join = async (group: string) => {
      const assigned = Promise.withResolvers<Parameters<typeof consumer.commit>[0]>()
      const consumer = await log.join(group, ['t'], {
        onAssigned: (claim) => assigned.resolve(claim),
        onRevoked: async () => {},
        onFailed: (error) => assigned.reject(error),
      })
      return { consumer, claim: await assigned.promise }
    }
    const [fast, slow] = [await join('fast'), await join('slow')]
    await fast.consumer.commit(fast.claim, { offset: 100, metadata: '' })
    expect(await log.applyRetention(clock()), 'slow has committed nothing').toEqual({ segments: 0, bytes: 0 })
    await slow.consumer.commit(slow.claim, { offset: 35, metadata: '' })
    await slow.consumer.close()
    expect(await log.applyRetention(clock()), 'slow is away, but known').toMatchObject({ segments: 3 })
    expect(await log.bounds('t')).toEqual([{ start: 30, end: 100 }])
  })

  it('closes an old segment that nobody writes any more, and keeps counting offsets', async () => {
    const { clock, dir, log, files } = await tenDays({ retention_ms: DAY_MS })
    clock.now_ms += 3 * DAY_MS
    expect(await log.applyRetention(clock())).toMatchObject({ segments: 10 })
    expect(await log.bounds('t')).toEqual([{ start: 100, end: 100 }])
    expect(await files()).toEqual(['0000000000000100.seg'])
    expect(await log.append('t', 0, records(1, 100, 100))).toBe(100)
    await log.close()
    // A deletion that the end of the process cut short leaves a file that the log has forgotten.
    await writeFile(join(dir, 'topics/t/0/0000000000000090.seg'), 'left over')
    const again = await testLog({ dir, clock })
    expect(await files()).toEqual(['0000000000000100.seg'])
    expect(numbers(await readAll(again))).toEqual([100])
    expect(await again.bounds('t')).toEqual([{ start: 100, end: 101 }])
  })

  it('closes a segment by age', async () => {
    const clock = manualClock(START_MS)
    const dir = await testFolder()
    const log = await testLog({ dir, clock, segment_ms: 1_000 })
    await topic(log)
    for (const step_ms of [0, 999, 1, 500, 500]) {
      clock.now_ms += step_ms
      await log.append('t', 0, records(1))
    }
    expect(await readdir(join(dir, 'topics/t/0'))).toEqual(
      [0, 2, 4].map((base) => `${String(base).padStart(16, '0')}.seg`),
    )
  })
})
