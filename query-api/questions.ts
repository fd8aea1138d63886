import { type Answers, createAnswers } from './cache/answers.ts'
import { followVersions } from './cache/versions.ts'
import { shareChanges } from './days/follow.ts'
import { holdDays } from './days/held-days.ts'
import type { QueryDeps } from './deps.ts'
import { createMetrics, type Metrics } from './metrics/answer.ts'
import { recentWatermarks } from './metrics/context.ts'
import { type Cursors, makeCursors } from './metrics/cursor.ts'
import { produceMetrics } from './metrics/produce.ts'

/** What several routes answer metrics with, and share the memory of. */
export type Questions = { readonly metrics: Metrics; readonly cursors: Cursors; readonly answers: Answers }

export function questions({ clock, cursor_key, groups, log, randomBytes, rows_max, store }: QueryDeps): Questions {
  const watermarks = recentWatermarks(store, clock)
  const cursors = makeCursors(cursor_key ?? randomBytes(32))
  // A look at the end of the embedded log is a look into memory. Of a broker it is a trip for each question, and where
  // the broker is gone the store can still answer: there nothing is held.
  const follow = log.kind === 'embedded' ? shareChanges(log) : undefined
  const metrics = createMetrics(store, clock, follow && holdDays(store, follow, clock), watermarks)
  const versions = follow && followVersions({ follow, log, groups, watermarks })
  const answers = createAnswers(
    (question) => produceMetrics(metrics, cursors, { rows_max, ...question }),
    versions,
    randomBytes,
  )
  return { metrics, cursors, answers }
}
