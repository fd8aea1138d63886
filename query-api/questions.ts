import type { FastifyBaseLogger } from 'fastify'
import { StoreError } from '../pipelines/store/client.ts'
import { ERRORS, type Problem } from '../schemas/errors.ts'
import { createAnswers } from './cache/answers.ts'
import { storeVersions } from './cache/store-versions.ts'
import { followVersions } from './cache/versions.ts'
import { shareChanges } from './days/follow.ts'
import { holdDays } from './days/held-days.ts'
import type { QueryDeps } from './deps.ts'
import { type JobStore, jobStore } from './jobs/job-store.ts'
import { type Asked, type Jobs, makeJobs } from './jobs/jobs.ts'
import { createMetrics, type Metrics } from './metrics/answer.ts'
import { recentWatermarks } from './metrics/context.ts'
import { type Cursors, makeCursors } from './metrics/cursor.ts'
import { produceMetrics } from './metrics/produce.ts'
import { type Ask, makeAsk } from './routes/ask.ts'
import { problemOf } from './routes/failures.ts'
import { type SavedQueries, savedQueries } from './saved/saved-store.ts'
import { storeRefused } from './sql/errors.ts'
import { createSql, type Sql } from './sql/sql.ts'

/** What several routes answer questions with, and share the memory of. */
export type Questions = {
  readonly metrics: Metrics
  readonly cursors: Cursors
  readonly sql: Sql
  readonly jobs: Jobs
  readonly kept: JobStore
  readonly saved: SavedQueries
  readonly ask: Ask
  close(): Promise<void>
}

/** @param onRows  told how many rows a statement read, in the context of its question */
export function questions(
  deps: QueryDeps,
  logger: Pick<FastifyBaseLogger, 'error'>,
  onRows: (rows: number) => void = () => {},
): Questions {
  const { clock, connect, cursor_key, groups, log, randomBytes, rows_max, store } = deps
  const watermarks = recentWatermarks(store, clock)
  const cursors = makeCursors(cursor_key ?? randomBytes(32))
  // A look at the end of the embedded log is a look into memory. Of a broker it is a trip for each question, and where
  // the broker is gone the store can still answer: there no days are held, and the store tells of what has changed.
  const follow = log.kind === 'embedded' ? shareChanges(log) : undefined
  const metrics = createMetrics(store, clock, follow && holdDays(store, follow, clock), watermarks)
  const versions = follow ? followVersions({ follow, log, groups, watermarks }) : storeVersions(store, watermarks)
  const answers = createAnswers(
    (question) => produceMetrics(metrics, cursors, { rows_max, ...question }),
    versions,
    randomBytes,
  )
  const sql = createSql(store, connect, clock, { onRows, ...(deps.slots === undefined ? {} : { slots: deps.slots }) })
  const kept = jobStore(store)
  const jobs = makeJobs({
    kept,
    clock,
    randomBytes,
    problemOf: (error, asked) => jobProblem(error, asked, logger),
    onLost: (error) => logger.error({ err: error }, 'writing down what became of a job'),
  })
  return {
    ...{ metrics, cursors, sql, jobs, kept },
    saved: savedQueries(store, clock),
    ask: makeAsk({ answers, sql, jobs, randomBytes }),
    async close() {
      await jobs.close()
      await sql.close()
    },
  }
}

/** An error of a job is an answer to its asker; what is not his mistake is told to the log too. */
function jobProblem(error: unknown, { kind, question }: Asked, logger: Pick<FastifyBaseLogger, 'error'>): Problem {
  const isLate = kind === 'sql' && error instanceof StoreError
  const known = isLate ? storeRefused(error, (JSON.parse(question) as { sql: string }).sql) : error
  const told = problemOf(known)
  if (ERRORS[told.code].status >= 500 && !ERRORS[told.code].retryable)
    logger.error({ err: error }, `answering a job: ${told.code}`)
  return told
}
