import { LEVELS, type Level } from '../../../models/fatigue/day.ts'
import { logit } from '../../../models/fatigue/features.ts'
import type { FatigueModel, Grade } from '../../../models/fatigue/model.ts'
import type { Amount } from '../../../models/fatigue/outlook.ts'
import { type AlertRecord, alertIdOf } from '../../../schemas/alerts.ts'
import { formatDay, instantOf } from '../../../schemas/zone.ts'
import type { Scored } from './follow.ts'
import type { AdAccount } from './read-days.ts'
import type { Streak } from './streaks.ts'

type Pressing = { readonly level: Level; readonly grade: Grade }

const GRADES: readonly Grade[] = ['none', 'candidate', 'alert', 'urgent']

/** The more pressing of the two levels; of equals the greater cost, where that is likelier than not. */
export function pressing(scored: Scored): Pressing | null {
  if (scored.forecast.kind === 'insufficient') return null
  const { levels } = scored.forecast
  const [limited, fatigued] = LEVELS.map((level) => ({ level, grade: levels[level].grade })) as [Pressing, Pressing]
  const above = GRADES.indexOf(fatigued.grade) - GRADES.indexOf(limited.grade)
  return above > 0 || (above === 0 && levels.fatigued.p14.p >= 0.5) ? fatigued : limited
}

/** The first revision of the alert about a creative: everything that is known of it at the end of `day`. */
export function warningOf(
  account: AdAccount,
  scored: Scored,
  streak: Streak & { readonly since: number },
  day: number,
  model: FatigueModel,
  watermark_ms: number,
): AlertRecord {
  const scope = { platform: account.platform, account: account.account, creative: scored.creative }
  const onset_ms = instantOf(account.zone, streak.since, 0)
  return {
    id: alertIdOf(account.tenant, 'fatigue', METRIC, 'day', scope, onset_ms),
    revision: 1,
    tenant: account.tenant,
    state: 'open',
    reason: 'detected',
    kind: 'fatigue',
    metric: METRIC,
    unit: 'money',
    currency: scored.currency,
    grain: 'day',
    scope,
    direction: 'up',
    onset_at: iso(onset_ms),
    detected_at: iso(watermark_ms),
    ended_at: null,
    interval: null,
    q_value: null,
    sides: [],
    cause_class: 'creative_fatigue',
    parent: null,
    children: [],
    rule: null,
    muted: false,
    snoozed_until: null,
    acknowledged_by: null,
    acknowledged_at: null,
    feedback: null,
    ...changing(account, scored, streak, day, model, watermark_ms),
  }
}

/** Cost per result: what fatigue is defined by. */
export const METRIC = 'cpa'

/** What changes from day to day. */
export function changing(
  account: AdAccount,
  scored: Scored,
  streak: Streak,
  day: number,
  model: FatigueModel,
  watermark_ms: number,
) {
  const { forecast } = scored
  if (forecast.kind === 'insufficient') throw new RangeError('nothing is known of the creative that would be warned of')
  const { grade, level } = pressing(scored)!
  const { half_in_days, p14 } = forecast.levels[level]
  const nats = logit(p14.p) - logit(model.levels[level].record.base_rate[1]!)
  const weights = scored.reasons.reduce((sum, { weight }) => sum + weight, 0)
  const times = level === 'fatigued' ? '2×' : '1.5×'
  const refresh_by = formatDay(day + half_in_days)
  return {
    title: `Creative ${clip(scored.creative)} on ${account.platform} is wearing out: ${Math.round(100 * p14.p)} % chance that a result costs ${times} its best within 14 days; refresh by ${refresh_by}`,
    observed: scored.cost_per_result === null ? null : decimal(scored.cost_per_result),
    expected: scored.best_cost_per_result === null ? null : decimal(scored.best_cost_per_result),
    severity: grade === 'urgent' ? ('critical' as const) : ('warning' as const),
    money_at_stake:
      scored.outlook.money === null
        ? null
        : { currency: scored.currency, so_far: amount(streak.so_far), per_hour: amount(scored.outlook.money, 14 * 24) },
    causes: [{ set: { creative: scored.creative }, score: p14.p, share: 1, size: 1 }],
    class_posterior: { creative_fatigue: p14.p },
    // What lifts the chance over that of any creative; the reasons share it by how strong each is.
    evidence: scored.reasons.map(({ best, now, of, weight }) => ({
      of,
      nats: (nats * weight) / weights,
      observed: decimal(now),
      expected: decimal(best),
    })),
    last_at: iso(instantOf(account.zone, day + 1, 0)),
    watermark: iso(watermark_ms),
    data_age_ms: Math.max(0, watermark_ms - instantOf(account.zone, day + 1, 0)),
  }
}

function clip(id: string): string {
  return id.length > 200 ? `${id.slice(0, 199)}…` : id
}

function amount({ high, low, mean }: Amount, parts = 1) {
  return { mean: decimal(mean / parts), low: decimal(low / parts), high: decimal(high / parts) }
}

function decimal(value: number): string {
  return value.toFixed(6)
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
