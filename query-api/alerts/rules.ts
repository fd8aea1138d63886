import { BUCKET_MS, readBuckets } from '../../pipelines/rules/buckets.ts'
import { historyOf, judge } from '../../pipelines/rules/judge.ts'
import { quantityOf } from '../../pipelines/rules/quantity.ts'
import { decimal } from '../../pipelines/rules/revisions.ts'
import { closedTo, readMarks, readSpeakers, watermarkOf } from '../../pipelines/rules/watermark.ts'
import type { Store } from '../../pipelines/store/client.ts'
import type { Tenant } from '../../pipelines/tenants/port.ts'
import type { AlertRule } from '../../schemas/alert-commands.ts'
import { DIMENSIONS } from '../../schemas/windows.ts'
import { ApiError } from '../problem.ts'

/** @throws ApiError for a rule that could never be judged */
export function checkRule({ condition, metric, scope }: AlertRule): void {
  const quantity = quantityOf(metric)
  if (quantity === undefined)
    throw new ApiError('unknown_measure', `${metric} is not kept by window: a rule needs a sum, or a ratio of two`, {
      path: 'metric',
    })
  const strange = Object.keys(scope).find((name) => !(DIMENSIONS as readonly string[]).includes(name))
  if (strange !== undefined)
    throw new ApiError('unknown_dimension', `a scope is made of ${DIMENSIONS.join(', ')}`, { path: `scope.${strange}` })
  const share = condition.op === 'drops_by' || condition.op === 'rises_by'
  if (share && !(Number(condition.value) > 0))
    throw new ApiError('bad_request', 'a share is above 0: 0.3 is 30 %', { path: 'condition.value' })
  if (condition.op === 'drops_by' && Number(condition.value) >= 1)
    throw new ApiError('bad_request', 'nothing drops by all of it or more: a share is below 1', {
      path: 'condition.value',
    })
}

/** What a rule would have done. */
export type DryRun = {
  readonly from: string
  readonly to: string
  /** Alerts that it would have raised. */
  readonly alerts: number
  /** Buckets that could be judged, and those that could not: too little in them, or nothing to compare with. */
  readonly judged: number
  readonly unjudged: number
  /** The latest of them. */
  readonly episodes: readonly {
    readonly onset_at: string
    readonly ended_at: string | null
    readonly observed: string
    readonly expected: string | null
  }[]
}

/**
 * Judges a rule over history, by the same function that judges it live.
 *
 * @param to_ms  undefined for as far as the tenant's sources have been read
 * @throws ApiError `bad_range`, and for what {@link checkRule} refuses
 */
export async function dryRun(
  store: Store,
  tenant: Tenant,
  rule: AlertRule,
  from_ms: number | undefined,
  to_ms: number | undefined,
): Promise<DryRun> {
  checkRule(rule)
  const marks = await readMarks(store, tenant.name)
  const watermark = watermarkOf(marks, await readSpeakers(store, tenant.name, marks), rule)
  if (watermark === undefined) throw new ApiError('bad_range', 'nothing was read from any source of yours yet')
  const size_ms = BUCKET_MS[rule.grain]
  const end_ms = Math.min(closedTo(rule.grain, watermark), to_ms ?? Number.POSITIVE_INFINITY)
  const start_ms = Math.max(0, Math.floor((from_ms ?? end_ms - DEFAULT_BUCKETS * size_ms) / size_ms) * size_ms)
  if (start_ms >= end_ms) throw new ApiError('bad_range', '`from` is not before `to`, or nothing has closed since')
  if (end_ms - start_ms > BUCKETS_MAX * size_ms)
    throw new ApiError('bad_range', `a dry run looks at ${BUCKETS_MAX} buckets at most: take a later \`from\``)
  const quantity = quantityOf(rule.metric)!
  const begin_ms = start_ms - historyOf(rule)
  const buckets = await readBuckets(store, tenant.name, tenant.currency, rule, quantity, begin_ms, end_ms)
  const { episodes, judged, unjudged } = judge(rule, quantity, buckets, start_ms)
  return {
    ...{ from: instant(start_ms), to: instant(end_ms), alerts: episodes.length, judged, unjudged },
    episodes: episodes.slice(-SHOWN_MAX).map(({ ended_ms, expected, observed, onset_ms }) => ({
      onset_at: instant(onset_ms),
      ended_at: ended_ms === undefined ? null : instant(ended_ms),
      observed: decimal(observed),
      expected: expected === undefined ? null : decimal(expected),
    })),
  }
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}

const DEFAULT_BUCKETS = 720
/** A month of five minutes, more than a year of hours. */
const BUCKETS_MAX = 10_000
const SHOWN_MAX = 100
