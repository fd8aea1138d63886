import type { Problem } from '../../schemas/errors.ts'

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled'

/** A question that is answered after its request has ended. */
export type Job = {
  readonly tenant: string
  readonly id: string
  readonly kind: 'metrics' | 'sql'
  /** As it was asked, JSON. */
  readonly question: string
  readonly format: string
  readonly state: JobState
  /** The process that works on it. */
  readonly owner: string
  readonly created_ms: number
  readonly started_ms: number | null
  readonly finished_ms: number | null
  /** When its process last said that it is at it. */
  readonly beat_ms: number
  readonly expires_ms: number
  /** Null where they were not counted. */
  readonly rows: number | null
  readonly bytes: number
  /** Of the result: content type, and headers as of an answer. */
  readonly type: string
  readonly headers: Readonly<Record<string, string>>
  /** Why it failed. */
  readonly problem: Problem | null
  /** Of the row: the greatest is the newest. */
  readonly version: number
}

export const JOB_LIMITS = {
  /** In one process. */
  running_max: 2,
  running_per_tenant_max: 1,
  /** Of one tenant in all processes, results that wait to be fetched included. */
  kept_per_tenant_max: 20,
  kept_bytes_per_tenant_max: 256 * 1024 * 1024,
  result_bytes_max: 64 * 1024 * 1024,
  /** How long a job is kept, from when it was asked. */
  kept_ms: 3_600_000,
  /** A process says so often that it is at it; one that has been silent for longer is gone, and so is its work. */
  beat_ms: 5_000,
  lost_ms: 30_000,
} as const

/** A job whose process has gone has failed, whatever its row says. */
export function asOfNow(job: Job, now_ms: number, lost: Problem): Job {
  const isOpen = job.state === 'queued' || job.state === 'running'
  return isOpen && job.beat_ms < now_ms - JOB_LIMITS.lost_ms ? { ...job, state: 'failed', problem: lost } : job
}

/** What a job looks like from outside. */
export function describeJob(job: Job): Readonly<Record<string, unknown>> {
  const { bytes, created_ms, expires_ms, finished_ms, format, id, kind, problem, question, rows, started_ms, state } =
    job
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())
  return {
    ...{ id, kind, state, format, question: JSON.parse(question) as unknown },
    created_at: time(created_ms),
    started_at: time(started_ms),
    finished_at: time(finished_ms),
    expires_at: time(expires_ms),
    ...(state === 'done' ? { rows, bytes, result: `/v1/jobs/${id}/result` } : {}),
    ...(problem === null ? {} : { problem }),
  }
}
