import { Worker } from 'node:worker_threads'
import { followLauncher } from '../../bin/follow-launcher.ts'
import { systemClock } from '../../pipelines/clock.ts'
import { type EmbeddedLog, openEmbeddedLog } from '../../pipelines/log/embedded/open.ts'
import { openKafkaLog } from '../../pipelines/log/kafka/open.ts'
import type { Log } from '../../pipelines/log/port.ts'
import { giveThreadsRoom } from '../../pipelines/thread/heap.ts'
import type { EngineDone, EngineJob, EngineSays, ThreadJob, ThreadSays } from './job.ts'
import { paced } from './paced.ts'

/**
 * The process whose CPU and memory count: it has the log, and the stream in threads, as the engine has its pipelines.
 * Its job comes as the first message; it ends when that is done, or with whoever started it.
 */
followLauncher(process)
const say = (message: EngineSays) => process.send!(message)
process.once('message', (job) => {
  run(job as EngineJob).then(
    (done) => process.send!({ kind: 'done', ...done } satisfies EngineSays, () => process.exit(0)),
    (error: Error) => process.send!({ kind: 'failed', message: String(error.stack) }, () => process.exit(1)),
  )
})
// Until the job is there, only this keeps the process.
process.channel!.ref()

async function run(job: EngineJob): Promise<EngineDone> {
  const { log, ...rest } = job
  const opened =
    log.kind === 'embedded'
      ? await openEmbeddedLog({ dir: log.dir, writes: [job.stream.topic], clock: systemClock })
      : await openKafkaLog({ brokers: log.brokers, clientId: 'omnify-benchmark', clock: systemClock })
  const places = placesOf(log, opened)
  const progress = new Progress()
  giveThreadsRoom(256)
  const threads = await Promise.all(places.map((place) => startThread({ ...rest, log: place }, progress)))
  try {
    return await Promise.race([perform(job, opened, progress), ...threads.map(({ failed }) => failed)])
  } finally {
    await Promise.all(threads.map((thread) => thread.stop()))
    await opened.close()
  }
}

/**
 * On the embedded log two threads with half of the partitions each: one alone keeps a core and a half busy. The client of
 * Kafka fetches and decodes beside its thread, and the broker wants its share.
 */
function placesOf(log: EngineJob['log'], opened: Log): readonly ThreadJob['log'][] {
  if (log.kind === 'kafka') return [log]
  const share = (opened as EmbeddedLog).share()
  return [0, 1].map((index) => ({ kind: 'embedded', share, part: { index, of: 2 } }))
}

async function perform(job: EngineJob, log: Log, progress: Progress): Promise<EngineDone> {
  if (job.task.kind === 'drain') {
    await progress.reached(job.task.ends)
    return { ...progress.figures(), latencies: [], truth: new Map() }
  }
  const { ends, latencies, truth } = await paced(job, job.task, log)
  await progress.reached(ends)
  return { ...progress.figures(), latencies, truth }
}

/** How far the thread has come. */
class Progress {
  private begun_ms = Infinity
  private ended_ms = 0
  private cpu = process.cpuUsage()
  private cpu_s = 0
  private records = 0
  private rows = 0
  private batches = 0
  private readonly committed: number[] = []
  private wanted: { ends: readonly number[]; resolve: () => void } | undefined

  fetching(at_ms: number): void {
    if (this.begun_ms === Infinity) {
      this.cpu = process.cpuUsage()
      this.begun_ms = at_ms
      say({ kind: 'begun' })
    }
  }

  batch({ at_ms, hi, partition, records, rows }: Extract<ThreadSays, { kind: 'batch' }>): void {
    this.committed[partition] = hi
    this.records += records
    this.rows += rows
    this.batches++
    this.ended_ms = Math.max(this.ended_ms, at_ms)
    this.look()
  }

  reached(ends: readonly number[]): Promise<void> {
    return new Promise((resolve) => {
      this.wanted = { ends, resolve }
      this.look()
    })
  }

  figures() {
    const { batches, cpu_s, records, rows } = this
    return { seconds: (this.ended_ms - this.begun_ms) / 1000, cpu_s, records, rows, batches }
  }

  private look(): void {
    if (this.wanted === undefined || !this.wanted.ends.every((end, p) => end === 0 || (this.committed[p] ?? 0) >= end))
      return
    const { system, user } = process.cpuUsage(this.cpu)
    this.cpu_s = (user + system) / 1e6
    this.wanted.resolve()
  }
}

type StreamThread = { readonly failed: Promise<never>; stop(): Promise<void> }

async function startThread(job: ThreadJob, progress: Progress): Promise<StreamThread> {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: job,
    // As the pipelines' own thread has them.
    resourceLimits: { maxYoungGenerationSizeMb: 48, maxOldGenerationSizeMb: 512 },
  })
  const [started, stopped] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const { promise: failed, reject } = Promise.withResolvers<never>()
  failed.catch(() => undefined)
  const fail = (error: Error) => {
    reject(error)
    started.reject(error)
    stopped.resolve()
  }
  worker.on('error', fail)
  worker.on('message', (message: ThreadSays) => {
    if (message.kind === 'batch') progress.batch(message)
    else if (message.kind === 'fetching') progress.fetching(message.at_ms)
    else if (message.kind === 'started') started.resolve()
    else if (message.kind === 'stopped') stopped.resolve()
    else if (message.kind === 'log') say(message)
    else fail(new Error(message.message))
  })
  await started.promise
  return {
    failed,
    async stop() {
      worker.postMessage('stop')
      await stopped.promise
      await worker.terminate()
    },
  }
}
