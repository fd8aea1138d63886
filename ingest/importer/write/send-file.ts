import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { ImportError } from '../error.ts'
import type { ImportDeps, RejectReason } from '../job.ts'
import { LIMITS } from '../limits.ts'
import type { Batch, Place } from '../thread/batch.ts'
import type { Work } from '../thread/work.ts'
import type { WorkerInput, WorkerMessage } from '../thread/worker.ts'
import { makeAppender } from './appender.ts'
import { parcelsOf } from './batch-records.ts'
import { makeRejects } from './rejects.ts'
import type { Tail } from './tail.ts'

export type SendEvents = {
  /** Everything up to this place is durable. */
  durable(place: Place, file_bytes: number): void
  /** The same, at most once a second and at the end; awaited. */
  checkpoint(place: Place, ends: readonly number[]): Promise<void>
}

export type Sent = {
  readonly place: Place
  /** Offset per partition behind the last record of the run. */
  readonly ends: readonly number[]
  readonly reasons: readonly RejectReason[]
}

/**
 * Lets a thread read the file and puts what it hands over on the log. Batches are prepared (sealed, unpacked) one
 * after the other and appended to all partitions side by side; a batch counts as durable when it and all before it are.
 */
export async function sendFile(
  deps: ImportDeps,
  topic: string,
  work: Work,
  tail: Tail,
  signal: AbortSignal | undefined,
  events: SendEvents,
): Promise<Sent> {
  const { vault, store, clock } = deps
  const tenant = work.context.tenant
  const in_flight = new SharedArrayBuffer(4)
  const counter = new Int32Array(in_flight)
  const appender = makeAppender(deps.log, topic, work.partitions, sleep)
  const rejects = makeRejects({
    vault,
    store,
    tenant,
    run: work.run,
    partitions: work.partitions,
    durable: tail.rejects,
  })
  const ends = [...tail.ends]
  const reasons = new Map<string, RejectReason>()
  let place: Place | undefined
  let saved_ms = clock()
  let prepared: Promise<unknown> = Promise.resolve()
  let settled: Promise<unknown> = Promise.resolve()

  function accept(batch: Batch): Promise<unknown> {
    const appends = prepared.then(async () => {
      for (const reject of batch.rejects) countReason(reasons, reject.rejection)
      const parcels = await parcelsOf(batch, { vault, tenant, run: work.run })
      const refused = await rejects.records(batch.rejects)
      // Not awaited here: the next batch is prepared while this one is written.
      return parcels.map(({ packed, records }, partition) =>
        appender.add(partition, { packed, records: [...records, ...(refused.get(partition) ?? [])] }),
      )
    })
    prepared = appends
    settled = Promise.all([settled, appends.then((list) => Promise.all(list))]).then(async ([, offsets]) => {
      for (const [partition, end] of offsets.entries()) if (end !== undefined) ends[partition] = end
      place = batch.place
      events.durable(place, batch.file_bytes)
      if (clock() - saved_ms >= LIMITS.checkpoint_interval_ms) {
        saved_ms = clock()
        await events.checkpoint(place, ends)
      }
      for (const { bytes, count } of batch.parts) if (count > 0) worker.postMessage(bytes.buffer, [bytes.buffer])
      Atomics.sub(counter, 0, 1)
      Atomics.notify(counter, 0)
    })
    return settled
  }

  const input: WorkerInput = { work, in_flight }
  const worker = new Worker(new URL('../thread/worker.ts', import.meta.url), { workerData: input, name: 'importer' })
  let finished = false
  try {
    await new Promise<void>((resolve, reject) => {
      const stop = () => reject(new ImportError('import_stopped', 'stopped; the same command goes on from here'))
      if (signal?.aborted === true) stop()
      signal?.addEventListener('abort', stop, { once: true })
      worker.on('message', (message: WorkerMessage) => {
        if (message.kind === 'batch') {
          accept(message.batch).catch(reject)
          return
        }
        finished = true
        if (message.kind === 'done') settled.then(() => resolve(), reject)
        else settled.then(() => reject(new ImportError(message.code, message.message)), reject)
      })
      worker.on('error', reject)
      worker.on('exit', (code) => {
        if (!finished) reject(new Error(`the importer's thread ended with ${code}`))
      })
    })
  } finally {
    await worker.terminate()
    // What is under way is let finish, so that the next run finds it; its failure, if any, is already on its way up.
    await Promise.allSettled([settled])
    if (place !== undefined) await events.checkpoint(place, ends)
  }
  return { place: place!, ends, reasons: [...reasons.values()].sort((a, b) => b.count - a.count) }
}

/** At most so many different reasons are told; a file of garbage has one per line otherwise. */
const REASONS_MAX = 100

function countReason(reasons: Map<string, RejectReason>, rejection: Omit<RejectReason, 'count'>): void {
  const key = `${rejection.code} ${rejection.path}`
  const before = reasons.get(key)
  if (before !== undefined) reasons.set(key, { ...before, count: before.count + 1 })
  else if (reasons.size < REASONS_MAX) reasons.set(key, { ...rejection, count: 1 })
}
