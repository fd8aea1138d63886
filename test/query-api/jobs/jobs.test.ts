import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemRandomBytes } from '../../../pipelines/clock.ts'
import type { Produced } from '../../../query-api/formats/produced.ts'
import { JOB_LIMITS, type Job } from '../../../query-api/jobs/job.ts'
import { jobStore } from '../../../query-api/jobs/job-store.ts'
import { type Jobs, makeJobs } from '../../../query-api/jobs/jobs.ts'
import { writeResult } from '../../../query-api/jobs/write-result.ts'
import { problem } from '../../../schemas/errors.ts'
import { useStore } from '../../support/store.ts'
import { createTables } from '../support/fill.ts'

const context = useStore()
const never = new AbortController().signal
const opened: Jobs[] = []
const state = { now_ms: Date.parse('2100-01-01T00:00:00Z') }
const asked = { kind: 'metrics', question: '{"a":1}', format: 'json' } as const
const answer = (body: Produced['body'], rows = 1): Produced => ({ type: 'text/x', headers: { a: 'b' }, body, rows })

beforeAll(() => createTables(context.store), 240_000)
afterEach(async () => {
  for (const jobs of opened.splice(0)) await jobs.close()
})

function open(): Jobs {
  const jobs = makeJobs({
    kept: jobStore(context.store),
    clock: () => state.now_ms,
    randomBytes: systemRandomBytes,
    problemOf: (error) => problem('internal', (error as Error).message),
    onLost: (error) => {
      throw error
    },
  })
  opened.push(jobs)
  return jobs
}

async function ended(jobs: Jobs, { id, tenant }: Job): Promise<Job | undefined> {
  for (;;) {
    const job = await jobs.get(tenant, id)
    if (job?.state !== 'queued' && job?.state !== 'running') return job
    await sleep(20)
  }
}

async function read(job: Job): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of await jobStore(context.store).result(job, never)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

describe('a job', () => {
  it('keeps its result, byte for byte, for every process, until it expires', async () => {
    const bytes = systemRandomBytes(5_000_000)
    const jobs = open()
    const { id } = await jobs.submit('t', asked, async () => answer(bytes, 7))
    const job = (await ended(jobs, (await jobs.get('t', id))!))!
    expect(job).toMatchObject({
      state: 'done',
      rows: 7,
      bytes: 5_000_000,
      type: 'text/x',
      headers: { a: 'b' },
      problem: null,
    })
    expect((await read(job)).equals(bytes)).toBe(true)
    expect(await open().get('t', id)).toEqual(job)
    expect(await open().get('other', id)).toBeUndefined()
    expect((await jobs.list('t')).map((one) => one.id)).toEqual([id])
    state.now_ms += JOB_LIMITS.kept_ms + 1
    expect(await jobs.get('t', id)).toBeUndefined()
    expect(await jobs.list('t')).toEqual([])
  })

  it('says why it failed', async () => {
    const jobs = open()
    const job = await jobs.submit('fails', asked, async () => {
      throw new Error('no such thing')
    })
    expect(await ended(jobs, job)).toMatchObject({
      state: 'failed',
      problem: { code: 'internal', detail: 'no such thing' },
    })
  })

  it('waits for its turn, and ends when it is cancelled', async () => {
    const jobs = open()
    const stopped = Promise.withResolvers<void>()
    const forEver = (signal: AbortSignal) =>
      new Promise<Produced>((_, reject) => {
        signal.addEventListener('abort', () => {
          stopped.resolve()
          reject(signal.reason)
        })
      })
    const first = await jobs.submit('turns', asked, forEver)
    const second = await jobs.submit('turns', asked, async () => answer(Buffer.from('second')))
    expect((await jobs.get('turns', second.id))?.state).toBe('queued')
    // Another process is asked to cancel it; ours would notice at its next beat.
    expect(await jobs.cancel('turns', first.id)).toBe(true)
    await stopped.promise
    expect(await ended(jobs, second)).toMatchObject({ state: 'done' })
    expect(await jobs.get('turns', first.id)).toBeUndefined()
    expect(await jobs.cancel('turns', first.id)).toBe(false)
    expect(await jobs.cancel('other', second.id)).toBe(false)
  })

  it('is lost with its process', async () => {
    const jobs = open()
    const done = await jobs.submit('lost', asked, async () => answer(Buffer.from('x')))
    await ended(jobs, done)
    // As a process leaves it that was killed.
    const left = { ...done, id: 'left', state: 'running', owner: 'gone' } as const
    await jobStore(context.store).put(left)
    expect((await jobs.get('lost', 'left'))?.state).toBe('running')
    state.now_ms += JOB_LIMITS.lost_ms + 1
    expect(await jobs.get('lost', 'left')).toMatchObject({ state: 'failed', problem: { code: 'job_lost' } })
    expect((await jobs.get('lost', done.id))?.state).toBe('done')
  })

  it('is told of when its engine stops', async () => {
    const jobs = open()
    const forEver = (signal: AbortSignal) =>
      new Promise<Produced>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const all = [await jobs.submit('stop', asked, forEver), await jobs.submit('stop', asked, forEver)]
    await jobs.close()
    for (const { id } of all)
      expect(await open().get('stop', id)).toMatchObject({ state: 'failed', problem: { code: 'job_lost' } })
  })

  it('is refused where there are too many', async () => {
    const jobs = open()
    const kept = jobStore(context.store)
    const one = await jobs.submit('many', asked, async () => answer(Buffer.from('x')))
    for (let i = 1; i < JOB_LIMITS.kept_per_tenant_max; i++) await kept.put({ ...one, id: `job-${i}`, state: 'done' })
    await expect(jobs.submit('many', asked, async () => answer(Buffer.from('x')))).rejects.toMatchObject({
      code: 'rate_limited',
      extra: { jobs: 20, jobs_max: 20 },
    })
    await kept.put({ ...one, tenant: 'large', id: 'l', state: 'done', bytes: JOB_LIMITS.kept_bytes_per_tenant_max })
    await expect(jobs.submit('large', asked, async () => answer(Buffer.from('x')))).rejects.toMatchObject({
      code: 'rate_limited',
    })
  })
})

describe('a result', () => {
  it('is cut into parts of 2 MB, whatever pieces it comes in', async () => {
    const whole = systemRandomBytes(4_500_000)
    const pieces = [whole.subarray(0, 10), whole.subarray(10, 3_000_000), whole.subarray(3_000_000)]
    const parts: Buffer[] = []
    const put = async (part: number, body: Buffer) => {
      expect(part).toBe(parts.length)
      parts.push(body)
    }
    const { Readable } = await import('node:stream')
    expect(await writeResult({ body: Readable.from(pieces) }, 5_000_000, never, put)).toBe(whole.length)
    expect(parts.map((part) => part.length)).toEqual([2_097_152, 2_097_152, 305_696])
    expect(Buffer.concat(parts).equals(whole)).toBe(true)
  })

  it('that is too large is refused with the numbers', async () => {
    const writing = writeResult({ body: Buffer.alloc(11) }, 10, never, async () => {})
    await expect(writing).rejects.toMatchObject({ code: 'too_many_rows', extra: { bytes_at_least: 11, bytes_max: 10 } })
  })
})
