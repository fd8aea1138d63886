import { AsyncResource } from 'node:async_hooks'
import type { Clock, RandomBytes } from '../../pipelines/clock.ts'
import { StoreError } from '../../pipelines/store/errors.ts'
import { type Problem, problem } from '../../schemas/errors.ts'
import type { Produced } from '../formats/produced.ts'
import { ApiError } from '../problem.ts'
import { asOfNow, JOB_LIMITS, type Job } from './job.ts'
import type { JobStore } from './job-store.ts'
import { writeResult } from './write-result.ts'

export type Asked = Pick<Job, 'kind' | 'question' | 'format'>
export type Work = (signal: AbortSignal) => Promise<Produced>

export type Jobs = {
  /** Takes a question in and answers it when there is a place. @throws ApiError `rate_limited` with the limit */
  submit(tenant: string, asked: Asked, work: Work): Promise<Job>
  get(tenant: string, id: string): Promise<Job | undefined>
  list(tenant: string): Promise<readonly Job[]>
  /** Ends a job, or throws its result away. @returns whether there was one */
  cancel(tenant: string, id: string): Promise<boolean>
  /** Resolves when nothing is running any more. */
  close(): Promise<void>
}

export type JobParts = {
  readonly kept: JobStore
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  /** What an asker is told of an error. */
  readonly problemOf: (error: unknown, asked: Asked) => Problem
  /** An error that is nobody's answer: the store did not take what became of a job. */
  readonly onLost: (error: Error) => void
}

/** Jobs of this process: how they stand is in the store, the work itself is here and ends with the process. */
export function makeJobs({ clock, kept, onLost, problemOf, randomBytes }: JobParts): Jobs {
  const owner = randomBytes(12).toString('hex')
  const waiting: Held[] = []
  const running = new Map<string, Held>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  async function write(held: Held, change: Partial<Job>): Promise<void> {
    held.job = { ...held.job, beat_ms: clock(), ...change, version: held.job.version + 1 }
    await kept.put(held.job)
  }

  function startNext(): void {
    for (const held of [...waiting]) {
      if (running.size >= JOB_LIMITS.running_max) break
      const own = [...running.values()].filter(({ job }) => job.tenant === held.job.tenant)
      if (own.length >= JOB_LIMITS.running_per_tenant_max) continue
      waiting.splice(waiting.indexOf(held), 1)
      running.set(held.job.id, held)
      held.done = run(held)
        .catch((error: Error) => onLost(error))
        .finally(() => {
          running.delete(held.job.id)
          if (!closed) startNext()
        })
    }
    if (waiting.length + running.size > 0)
      timer ??= setInterval(() => void beat().catch(onLost), JOB_LIMITS.beat_ms).unref()
    else if (timer !== undefined) {
      clearInterval(timer)
      timer = undefined
    }
  }

  async function run(held: Held): Promise<void> {
    const { signal } = held.stop
    try {
      signal.throwIfAborted()
      await write(held, { state: 'running', started_ms: clock() })
      const produced = await held.work(signal)
      const put = (part: number, body: Buffer) => kept.putPart(held.job, part, body)
      const bytes = await writeResult(produced, JOB_LIMITS.result_bytes_max, signal, put)
      const { headers, rows = null, type } = produced
      if (signal.aborted) return
      await write(held, { state: 'done', finished_ms: clock(), bytes, rows, type, headers })
    } catch (error) {
      // Who cancelled it has written so.
      if (held.cancelled) return
      const told = closed ? STOPPED : problemOf(error, held.job)
      await write(held, { state: 'failed', finished_ms: clock(), problem: told })
    }
  }

  /** Says that we are at it, and looks whether somebody has cancelled what is ours. */
  async function beat(): Promise<void> {
    for (const id of await kept.cancelled(owner)) stop(id)
    for (const held of [...waiting, ...running.values()]) if (!held.stop.signal.aborted) await write(held, {})
  }

  function stop(id: string): void {
    const held = running.get(id) ?? waiting.find(({ job }) => job.id === id)
    if (held === undefined || held.cancelled) return
    held.cancelled = true
    held.stop.abort(new StoreError('cancelled', 0, 'the job was cancelled'))
    const at = waiting.indexOf(held)
    if (at >= 0) waiting.splice(at, 1)
  }

  const shown = (job: Job): Job => asOfNow(job, clock(), LOST)

  return {
    async submit(tenant, asked, work) {
      if (closed) throw new ApiError('not_ready', 'the engine is stopping')
      const now_ms = clock()
      refuseMore(await kept.list(tenant, now_ms))
      const job: Job = {
        ...{ tenant, id: randomBytes(16).toString('hex'), ...asked, state: 'queued', owner, version: 1 },
        ...{ created_ms: now_ms, started_ms: null, finished_ms: null, beat_ms: now_ms },
        ...{ expires_ms: now_ms + JOB_LIMITS.kept_ms, rows: null, bytes: 0, type: '', headers: {}, problem: null },
      }
      await kept.put(job)
      // It may begin when another's job has ended: what it costs is still its own asker's.
      waiting.push({
        job,
        work: AsyncResource.bind(work),
        stop: new AbortController(),
        cancelled: false,
        done: Promise.resolve(),
      })
      startNext()
      return job
    },
    async get(tenant, id) {
      const job = await kept.get(tenant, id, clock())
      return job === undefined || job.state === 'cancelled' ? undefined : shown(job)
    },
    list: async (tenant) => (await kept.list(tenant, clock())).filter(({ state }) => state !== 'cancelled').map(shown),
    async cancel(tenant, id) {
      const job = await kept.get(tenant, id, clock())
      if (job === undefined || job.state === 'cancelled') return false
      stop(id)
      // Newer than anything its process may still write.
      await kept.put({ ...job, state: 'cancelled', finished_ms: clock(), version: CANCELLED_VERSION })
      return true
    },
    async close() {
      closed = true
      clearInterval(timer)
      const idle = waiting
        .splice(0)
        .map((held) => write(held, { state: 'failed', finished_ms: clock(), problem: STOPPED }))
      const busy = [...running.values()]
      for (const held of busy) held.stop.abort(new StoreError('cancelled', 0, 'the engine is stopping'))
      await Promise.all([...idle.map((one) => one.catch(onLost)), ...busy.map(({ done }) => done)])
    },
  }
}

type Held = {
  job: Job
  readonly work: Work
  readonly stop: AbortController
  cancelled: boolean
  done: Promise<void>
}

const CANCELLED_VERSION = 2 ** 52
const LOST = problem('job_lost', 'the process that worked on it has gone: ask again')
const STOPPED = problem('job_lost', 'the engine was stopped before it was done: ask again')

function refuseMore(jobs: readonly Job[]): void {
  const own = jobs.filter(({ state }) => state !== 'cancelled')
  const { kept_bytes_per_tenant_max, kept_per_tenant_max } = JOB_LIMITS
  if (own.length >= kept_per_tenant_max)
    throw new ApiError(
      'rate_limited',
      `there are ${own.length} jobs, and ${kept_per_tenant_max} are the most: delete some, or wait until they expire`,
      { more: { jobs: own.length, jobs_max: kept_per_tenant_max } },
    )
  const bytes = own.reduce((sum, job) => sum + job.bytes, 0)
  if (bytes >= kept_bytes_per_tenant_max)
    throw new ApiError(
      'rate_limited',
      `results of jobs have ${bytes} bytes, and ${kept_bytes_per_tenant_max} are the most: delete some, or wait until they expire`,
      { more: { bytes, bytes_max: kept_bytes_per_tenant_max } },
    )
}
