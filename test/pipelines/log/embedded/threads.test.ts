import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { EmbeddedLog } from '../../../../pipelines/log/embedded/open.ts'
import { count, numbers, readAll, records, testFolder, testLog, topic } from './support.ts'

describe('two threads', () => {
  it('share one log: one writes what the other reads, and back', async () => {
    const dir = await testFolder()
    const log = await testLog({ dir, writes: ['in'], segment_bytes: 20_000 })
    await topic(log, 'in', 2)
    await topic(log, 'out', 2)
    const worker = await startWorker(log)
    const appends = count(200).map((index) => log.append('in', index % 2, records(5, 60, index)))
    const copied = readUntil(log, 'out', [500, 500])
    await Promise.all(appends)
    for (const [partition, values] of (await copied).entries()) {
      expect(values).toEqual(numbers(await readAll(log, 'in', partition)))
    }
    await expect
      .poll(() => log.groupOffsets('copy', 'in'))
      .toEqual([
        { offset: 500, metadata: 'copied' },
        { offset: 500, metadata: 'copied' },
      ])
    await expect(log.append('out', 0, records(1))).rejects.toThrow('not among those this thread writes')
    await expect(log.join('copy', ['in'], noHandlers)).rejects.toThrow('another thread')
    await stopWorker(worker)
    await log.close()
    const again = await testLog({ dir })
    expect(numbers(await readAll(again, 'out', 1))).toEqual(numbers(await readAll(again, 'in', 1)))
  })

  it('read one group together, each its part of the partitions', async () => {
    const log = await testLog({ writes: ['in'], part: { index: 0, of: 2 } })
    await topic(log, 'in', 4)
    await topic(log, 'out', 4)
    const worker = await startWorker(log, { part: { index: 1, of: 2 } })
    const assigned: number[] = []
    await log.join('copy', ['in'], { ...noHandlers, onAssigned: ({ partition }) => void assigned.push(partition) })
    for (const partition of count(4)) await log.append('in', partition, records(100, 10, partition * 100))
    const [, one, , three] = await readUntil(log, 'out', [0, 100, 0, 100])
    expect([one, three]).toEqual([count(200, 100), count(400, 300)])
    expect(assigned.sort()).toEqual([0, 2])
    expect((await log.bounds('out')).map(({ end }) => end)).toEqual([0, 100, 0, 100])
    await stopWorker(worker)
  })

  it('wakes a reader that waits for the other thread, without asking again and again', async () => {
    const log = await testLog({ writes: ['in'] })
    await topic(log, 'in')
    await topic(log, 'out')
    const worker = await startWorker(log)
    const cpu = process.cpuUsage()
    await new Promise((resolve) => setTimeout(resolve, 500))
    const { user, system } = process.cpuUsage(cpu)
    expect((user + system) / 1_000, 'ms of CPU in 500 ms of waiting').toBeLessThan(250)
    const latencies: number[] = []
    for (const index of count(20)) {
      const started = performance.now()
      const echo = log.read('out', 0, index, { records_max: 1, bytes_max: 1e6, wait_ms: 30_000 })
      await log.append('in', 0, records(1, 10, index))
      expect(numbers(await echo)).toEqual([index])
      latencies.push(performance.now() - started)
    }
    expect(Math.min(...latencies), 'ms there and back').toBeLessThan(200)
    await stopWorker(worker)
  })

  it('goes on with a new worker after one that was terminated in the middle', async () => {
    const log = await testLog({ writes: ['in'] })
    await topic(log, 'in')
    await topic(log, 'out')
    const first = await startWorker(log)
    await log.append('in', 0, records(100))
    await readUntil(log, 'out', [100])
    void Promise.all(count(50).map((index) => log.append('in', 0, records(10, 10, 100 + index * 10))))
    await log.read('out', 0, 100, { records_max: 1, bytes_max: 1e6, wait_ms: 10_000 })
    await first.terminate()
    const second = await startWorker(log)
    await expect.poll(async () => (await log.groupOffsets('copy', 'in'))[0]!.offset).toBe(600)
    // What was copied and not yet committed is copied again: at least once is all this worker promises.
    const out = numbers(await readAll(log, 'out'))
    expect([...new Set(out)].sort((a, b) => a - b)).toEqual(count(600))
    await stopWorker(second)
  })

  it('closes with the opener: the other thread is refused, and told so', async () => {
    const log = await testLog({ writes: ['in'] })
    await topic(log, 'in')
    const other = await testLog({ share: log.share(), writes: ['out'] })
    await expect(async () => other.share()).rejects.toThrow('only the thread that opened')
    const waiting = other.read('in', 0, 0, { records_max: 1, bytes_max: 100, wait_ms: 60_000 })
    const refused = expect(waiting).rejects.toMatchObject({ code: 'log_closed' })
    await log.close()
    await refused
    await expect(other.append('in', 0, records(1))).rejects.toMatchObject({ code: 'log_closed' })
  })
})

const noHandlers = { onAssigned: () => {}, onRevoked: async () => {}, onFailed: () => {} }

async function startWorker(log: EmbeddedLog, more: object = {}): Promise<Worker> {
  const workerData = { share: log.share(), ...more }
  const worker = new Worker(new URL('./copying-worker.ts', import.meta.url), { workerData })
  onTestFinished(() => void worker.terminate())
  const [message] = await once(worker, 'message')
  expect(message).toEqual({ ready: true, wrong: expect.stringContaining('not among those this thread writes') })
  return worker
}

async function stopWorker(worker: Worker): Promise<void> {
  worker.postMessage('stop')
  const [message] = await once(worker, 'message')
  expect(message).toEqual({ closed: true })
  await once(worker, 'exit')
}

/** Reads every partition until it has given so many records. */
function readUntil(log: EmbeddedLog, name: string, counts: readonly number[]): Promise<number[][]> {
  return Promise.all(
    counts.map(async (enough, partition) => {
      const seen: number[] = []
      while (seen.length < enough) {
        const options = { records_max: 1_000, bytes_max: 1e6, wait_ms: 20_000 }
        const more = await log.read(name, partition, seen.length, options)
        expect(more.length, 'records before the wait was over').toBeGreaterThan(0)
        seen.push(...numbers(more))
      }
      return seen
    }),
  )
}
