import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../../pipelines/clock.ts'
import { encodeBatch } from '../../../../pipelines/log/embedded/frame.ts'
import { nodeFs } from '../../../../pipelines/log/embedded/fs.ts'
import { type Meta, openMeta } from '../../../../pipelines/log/embedded/meta.ts'
import { openEmbeddedLog } from '../../../../pipelines/log/embedded/open.ts'
import { AppendQueue, QueueBudget } from '../../../../pipelines/log/embedded/queue.ts'
import { PartitionReader } from '../../../../pipelines/log/embedded/reader.ts'
import type { RecordLimits } from '../../../../pipelines/log/embedded/records.ts'
import { SeekIndexes } from '../../../../pipelines/log/embedded/seek-index.ts'
import { EMPTY_TAIL, partitionPlace } from '../../../../pipelines/log/embedded/segment.ts'
import { newSharedMemory, openSharedTable } from '../../../../pipelines/log/embedded/shared.ts'
import { PartitionWriter } from '../../../../pipelines/log/embedded/writer.ts'
import { RecordBatch } from '../../../../pipelines/log/record-batch.ts'
import {
  count,
  diskError,
  faultyFs,
  manualClock,
  numbers,
  readAll,
  records,
  testFolder,
  testLog,
  topic,
} from './support.ts'

describe('a full disk', () => {
  it('refuses the append, cuts off the partial write at every length, and goes on when there is space', async () => {
    const { fs, faults } = faultyFs()
    const dir = await testFolder()
    const log = await testLog({ dir, fs })
    await topic(log)
    await log.append('t', 0, records(2, 3))
    const segment = join(dir, 'topics/t/0/0000000000000000.seg')
    const { size } = await stat(segment)
    const frame_bytes = encodeBatch(records(2, 3)).length
    for (let fits = 0; fits < frame_bytes; fits += 7) {
      faults.writable_bytes = fits
      await expect(log.append('t', 0, records(2, 3, 2))).rejects.toMatchObject({ name: 'LogError', code: 'log_full' })
      expect((await stat(segment)).size).toBe(size)
      expect(await log.bounds('t')).toEqual([{ start: 0, end: 2 }])
    }
    faults.writable_bytes = Number.POSITIVE_INFINITY
    expect(await log.append('t', 0, records(2, 3, 2))).toBe(2)
    expect(numbers(await readAll(log))).toEqual(count(4))
  })

  it('refuses when a new segment cannot be made, and makes it later', async () => {
    const { fs, faults } = faultyFs()
    const log = await testLog({ fs, segment_bytes: 100 })
    await topic(log)
    await log.append('t', 0, records(10))
    faults.create = diskError('ENOSPC')
    await expect(log.append('t', 0, records(1, 10, 10))).rejects.toMatchObject({ code: 'log_full' })
    faults.create = null
    expect(await log.append('t', 0, records(1, 10, 10))).toBe(10)
    expect(numbers(await readAll(log))).toEqual(count(11))
  })

  it('answers every append for itself, whatever was written together, and loses nothing acknowledged', async () => {
    const { fs, faults } = faultyFs()
    const dir = await testFolder()
    const log = await openEmbeddedLog({ dir, writes: 'all', clock: systemClock, fs, segment_bytes: 2_000 })
    await topic(log)
    const kept: number[] = []
    let refused = 0
    for (let turn = 0; turn < 30; turn += 1) {
      faults.writable_bytes = turn % 3 === 2 ? Number.POSITIVE_INFINITY : turn * 37
      const appends = count(8).map(async (index) => {
        const number = turn * 8 + index
        const offset = await log.append('t', 0, records(1, 20, number))
        kept[offset] = number
      })
      const settled = await Promise.allSettled(appends)
      for (const each of settled) {
        if (each.status === 'fulfilled') continue
        expect(each.reason).toMatchObject({ code: 'log_full' })
        refused += 1
      }
    }
    expect(refused).toBeGreaterThan(0)
    expect(numbers(await readAll(log))).toEqual(kept)
    await log.close()
    const again = await testLog({ dir })
    expect(numbers(await readAll(again))).toEqual(kept)
    expect(again.cut_bytes).toBe(0)
  })

  it('takes back what was written when the meta store has no room for it', async () => {
    const { writer, meta, dir, shared, broken } = await testWriter()
    await writer.append(encodeBatch(records(2)))
    meta.write_error = diskError('ENOSPC')
    const refused = [1, 2, 3].map((each) => writer.append(encodeBatch(records(50, 10, each))))
    for (const each of refused) await expect(each).rejects.toMatchObject({ code: 'log_full' })
    await writer.idle()
    expect(shared.end(0)).toBe(2)
    expect(await readdir(dir)).toEqual(['0000000000000000.seg'])
    meta.write_error = null
    expect(await writer.append(encodeBatch(records(2, 10, 2)))).toBe(2)
    expect(shared.state()).toBe('open')
    expect(broken).toEqual([])
  })

  it('never shows a reader what was taken back, even if it was in its buffer already', async () => {
    const { writer, meta, place, shared } = await testWriter()
    const reader = new PartitionReader(nodeFs, place, 0, shared, new SeekIndexes())
    onTestFinished(() => reader.close())
    const offsets = async (from: number, limits: RecordLimits) => {
      const batch = new RecordBatch()
      expect(await reader.read(from, limits, batch)).toBe(batch.length)
      return numbers(batch.toArray())
    }
    await writer.append(encodeBatch(records(2)))
    const recording = meta.holdWrite()
    const refused = writer.append(encodeBatch(records(2, 10, 66)))
    await recording.reached
    const limits = { records_max: 1, bytes_max: 1_000 }
    expect(await offsets(0, limits)).toEqual([0])
    recording.fail(diskError('ENOSPC'))
    await expect(refused).rejects.toMatchObject({ code: 'log_full' })
    expect(await writer.append(encodeBatch(records(2, 10, 2)))).toBe(2)
    expect(await offsets(1, { ...limits, records_max: 9 })).toEqual([1, 2, 3])
  })

  it('refuses appends early where asked to, and tells how much is free', async () => {
    const { fs, faults } = faultyFs()
    const clock = manualClock(1_000_000)
    const log = await testLog({ fs, clock, min_free_ratio: 0.05 })
    await topic(log)
    expect(await log.diskFree()).toEqual({ free_ratio: 0.5 })
    await log.append('t', 0, records(1))
    faults.free_ratio = 0.049
    clock.now_ms += 999
    expect(await log.diskFree()).toEqual({ free_ratio: 0.5 })
    clock.now_ms += 1
    expect(await log.diskFree()).toEqual({ free_ratio: 0.049 })
    await expect(log.append('t', 0, records(1))).rejects.toMatchObject({ code: 'log_full' })
    faults.free_ratio = 0.06
    // An answer is not good until then once the clock was set back.
    clock.now_ms -= 600_000
    await log.diskFree()
    expect(await log.append('t', 0, records(1))).toBe(1)
  })
})

describe('a disk that fails', () => {
  it('ends the log at a failed flush, until it is opened again', async () => {
    const { fs, faults } = faultyFs()
    const dir = await testFolder()
    const log = await openEmbeddedLog({ dir, writes: 'all', clock: systemClock, fs })
    await topic(log, 't', 2)
    await log.append('t', 0, records(3))
    faults.datasync = diskError('EIO')
    const failed = { name: 'LogError', code: 'log_unavailable' }
    await expect(log.append('t', 0, records(1, 10, 3))).rejects.toMatchObject(failed)
    faults.datasync = null
    faults.synced = 0
    await expect(log.append('t', 0, records(1, 10, 3))).rejects.toMatchObject(failed)
    await expect(log.append('t', 1, records(1))).rejects.toMatchObject(failed)
    expect(faults.synced, 'a failed flush is never tried again').toBe(0)
    expect(await log.failed, 'whoever runs the process is told').toMatchObject(failed)
    expect(numbers(await readAll(log))).toEqual(count(3))
    await log.close()

    const again = await testLog({ dir })
    expect(numbers(await readAll(again)).slice(0, 3)).toEqual(count(3))
    const offset = await again.append('t', 0, records(1, 10, 7))
    expect(numbers(await again.read('t', 0, offset, { records_max: 1, bytes_max: 100, wait_ms: 0 }))).toEqual([7])
  })

  it('ends the log when a partial write cannot be taken back', async () => {
    const { fs, faults } = faultyFs()
    const log = await testLog({ fs })
    await topic(log)
    await log.append('t', 0, records(3))
    faults.writable_bytes = 10
    faults.truncate = diskError('EIO')
    await expect(log.append('t', 0, records(1))).rejects.toMatchObject({ code: 'log_unavailable' })
    faults.writable_bytes = Number.POSITIVE_INFINITY
    await expect(log.append('t', 0, records(1))).rejects.toMatchObject({ code: 'log_unavailable' })
  })

  it('ends the log when the meta store fails', async () => {
    const { writer, meta, shared, broken } = await testWriter()
    meta.write_error = diskError('EIO')
    await expect(writer.append(encodeBatch(records(1)))).rejects.toMatchObject({ code: 'log_unavailable' })
    await writer.idle()
    expect(broken).toHaveLength(1)
    expect(shared.end(0)).toBe(0)
  })

  it('refuses an append that finds too many open files, and takes the next', async () => {
    const { fs, faults } = faultyFs()
    const log = await testLog({ fs })
    await topic(log)
    faults.create = diskError('EMFILE')
    await expect(log.append('t', 0, records(1))).rejects.toMatchObject({ code: 'log_unavailable' })
    faults.create = null
    expect(await log.append('t', 0, records(1))).toBe(0)
  })
})

describe('the queue', () => {
  it('is bounded: log_slow past it, and free again when written', async () => {
    const log = await testLog({ queue_bytes_max: 10_000 })
    await topic(log)
    const appends = count(20).map((index) => log.append('t', 0, records(10, 80, index)))
    const settled = await Promise.allSettled(appends)
    const refused = settled.filter((each) => each.status === 'rejected')
    expect(refused.length).toBeGreaterThan(5)
    for (const each of refused) expect(each.reason).toMatchObject({ name: 'LogError', code: 'log_slow' })
    expect(await log.append('t', 0, records(10, 80))).toBe((20 - refused.length) * 10)
    const larger = (20 - refused.length + 1) * 10
    expect(await log.append('t', 0, records(200, 80)), 'one batch alone always goes in').toBe(larger)
  })

  it('flushes once for many appends that wait together', async () => {
    const { fs, faults } = faultyFs()
    const log = await testLog({ fs })
    await topic(log)
    await log.append('t', 0, records(1))
    faults.synced = 0
    await Promise.all(count(200).map((index) => log.append('t', 0, records(1, 10, index))))
    expect(faults.synced).toBeLessThanOrEqual(3)
  })
})

/** A writer of its own, over a meta store that can be told to fail. */
async function testWriter() {
  const folder = await testFolder()
  const real = await openMeta(join(folder, 'meta'))
  onTestFinished(() => real.close())
  let held: { reached(): void; failing: Promise<never> } | undefined
  const meta = {
    ...real,
    write_error: null as Error | null,
    /** The next write waits, after saying that it was reached, until it is told to fail. */
    holdWrite: () => {
      const reached = Promise.withResolvers<void>()
      const failing = Promise.withResolvers<never>()
      held = { reached: reached.resolve, failing: failing.promise }
      return { reached: reached.promise, fail: failing.reject }
    },
    write: async (writes: Parameters<Meta['write']>[0]) => {
      const hold = held
      held = undefined
      hold?.reached()
      await hold?.failing
      if (meta.write_error !== null) throw meta.write_error
      await real.write(writes)
    },
  }
  const shared = openSharedTable(newSharedMemory())
  const place = partitionPlace(folder, 't', 0)
  const broken: Error[] = []
  const writer = new PartitionWriter(
    {
      fs: nodeFs,
      meta,
      shared,
      clock: systemClock,
      options: { segment_bytes: 500, segment_ms: 1e9 },
      fail: (error) => broken.push(error),
    },
    place,
    0,
    EMPTY_TAIL,
    new AppendQueue(new QueueBudget(1e9)),
  )
  onTestFinished(() => writer.close())
  return { writer, meta, shared, place, dir: place.dir, broken }
}
