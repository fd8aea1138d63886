import { type AlertBudget, NEW_BUDGET } from '../../../models/anomaly/counts/alert-budget.ts'
import { type Calibration, makeCalibration } from '../../../models/anomaly/counts/combine.ts'
import type { Incident } from './incident.ts'
import { METRICS } from './scope.ts'
import { SeriesBook } from './series.ts'

/** Everything that detection knows of one tenant at one grain. A function of the buckets that it was given, in order. */
export type TenantState = {
  readonly book: SeriesBook
  /** How p-values of each family came out so far. */
  readonly calibrations: Readonly<Record<Family, Calibration>>
  budgets: { readonly parents: AlertBudget; readonly children: AlertBudget }
  readonly groups: Map<string, GroupState>
  incidents: Incident[]
}

/** Counts of one nature err alike, and so does what one is of another. */
export const FAMILIES = ['delivery', 'conversions', 'orders', 'rates'] as const
export type Family = (typeof FAMILIES)[number]
/** Of each of METRICS. */
export const FAMILY_OF: readonly Family[] = METRICS.map((metric) =>
  metric === 'orders' || metric === 'conversions' ? metric : 'delivery',
)

/** What closes together: an ad platform, or everything that shops sell. */
export type GroupState = {
  /** Number of the newest bucket that was judged; -1 before the first. */
  bucket: number
  /** Of its local clock from UTC, in the newest bucket. */
  offset_ms: number
  /** Report rows of an ordinary bucket. */
  rows: number
  /** Buckets that have no report yet. */
  late: number[]
  /** Value of a conversion or an order in micros, as a faded mean; null before the first. */
  value_micros: number | null
  currency: string
  /** Hours of a holiday so far that were like those of any other day. */
  calm: number
  /** Part of the buckets of the last day that were judged as soon as they closed: 0 of what is imported, 1 of what is live. */
  prompt: number
}

export function newTenantState(): TenantState {
  return {
    book: new SeriesBook(),
    calibrations: {
      delivery: makeCalibration(),
      conversions: makeCalibration(),
      orders: makeCalibration(),
      rates: makeCalibration(),
    },
    budgets: { parents: NEW_BUDGET, children: NEW_BUDGET },
    groups: new Map(),
    incidents: [],
  }
}

export function groupOf(state: TenantState, name: string): GroupState {
  const known = state.groups.get(name)
  if (known !== undefined) return known
  const fresh: GroupState = {
    bucket: -1,
    offset_ms: 0,
    rows: 0,
    late: [],
    value_micros: null,
    currency: '',
    calm: 0,
    prompt: 0,
  }
  state.groups.set(name, fresh)
  return fresh
}
