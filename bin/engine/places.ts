import { steadyClock } from '../../pipelines/clock.ts'
import type { Budgets } from '../../pipelines/limits/budgets.ts'
import { questionBudgets } from '../../query-api/limits/tenant-limits.ts'
import type { Slots } from '../../query-api/sql/slots.ts'
import { sqlSlots } from '../../query-api/sql/sql.ts'
import type { Config } from '../config.ts'
import { tenantLimits } from '../settings/limits.ts'

/** What is there once for all ports of a process on which questions are asked. */
export type Places = {
  /** Places for SQL statements. */
  readonly slots: Slots
  /** What each tenant has left of what it may ask. */
  readonly budgets: Budgets
}

export function makePlaces(config: Config): Places {
  return { slots: sqlSlots(), budgets: questionBudgets(tenantLimits(config), steadyClock) }
}
