import type { Store } from '../../../pipelines/store/client.ts'
import { shareChanges } from '../../../query-api/days/follow.ts'
import { holdDays } from '../../../query-api/days/held-days.ts'
import { createMetrics, type Metrics } from '../../../query-api/metrics/answer.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { type MemoryLog, openMemoryLog } from '../../support/memory-log.ts'

export type Held = {
  readonly metrics: Metrics
  readonly log: MemoryLog
  /** Statements that read windows since the last call: of questions, and of days. Where days begin and end is neither. */
  statements(): { readonly questions: number; readonly days: number }
  /** Tells the log what a pipeline tells it when windows of a day have changed. */
  changed(tenant: string, day: string, set?: string): Promise<void>
}

/** Metrics that hold days, over a log in memory. */
export async function heldMetrics(store: Store, options: { cells_max?: number } = {}): Promise<Held> {
  const log = openMemoryLog()
  await log.ensureTopics([TOPICS.window_changes])
  let [questions, days] = [0, 0]
  const counted: Store = {
    ...store,
    query: (sql, params, request) => {
      if (sql.includes('windows_') && !sql.includes('min(day)')) questions++
      return store.query(sql, params, request)
    },
    queryRaw: (sql, request) => {
      if (sql.includes('windows_')) days++
      return store.queryRaw(sql, request)
    },
  }
  return {
    metrics: createMetrics(
      counted,
      () => 0,
      holdDays(counted, shareChanges(log), () => 0, options.cells_max),
    ),
    log,
    statements() {
      const counts = { questions, days }
      questions = 0
      days = 0
      return counts
    },
    async changed(tenant, day, set = 'windows_day_campaign') {
      const value = JSON.stringify({ set, tenant, day, partition: 0, version: '1', changed: 1, cells: [['x']] })
      await log.append(TOPICS.window_changes.name, 0, [{ key: Buffer.from(tenant), value: Buffer.from(value) }])
    },
  }
}
