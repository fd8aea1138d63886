import type { Classified, Moved } from '../../../models/root-cause/classify.ts'
import type { Cause } from '../../../models/root-cause/explain.ts'
import { type AlertRecord, type AlertScope, alertIdOf } from '../../../schemas/alerts.ts'
import { HOUR_MS } from '../../../schemas/zone.ts'
import { type Incident, sizeOf } from './incident.ts'
import { decimalText, rounded } from './numbers.ts'
import { SHARE_OF } from './rates.ts'
import { type Metric, scopeOfKey } from './scope.ts'

/** What is known of an incident besides its own numbers. */
export type Findings = {
  readonly tenant: string
  /** Whether nothing is remembered any more that a class could be read from: it stays what it was. */
  readonly isForgotten: boolean
  readonly classified: Classified
  readonly signals: Readonly<Record<string, Moved>>
  readonly causes: readonly Cause[]
  /** In micros, of one conversion or order. */
  readonly value_micros: number | null
  readonly currency: string
  readonly watermark_ms: number
  /** How much older its own source is than the newest. */
  readonly data_age_ms: number
  readonly muted: boolean
}

/** Everything of an alert that follows from its incident; what users said of it stays as it was. */
export function recordOf(incident: Incident, findings: Findings, before: AlertRecord | undefined): AlertRecord {
  const { tenant, watermark_ms } = findings
  const said: Said = findings.isForgotten && before !== undefined ? before : saidOf(incident, findings)
  const scope = scopeOfKey(incident.scope)
  const sd = Math.sqrt(incident.variance)
  const size = sizeOf(incident)
  const ended = incident.ended_ms !== null
  const fresh: AlertRecord = {
    id: idOf(tenant, incident),
    revision: 1,
    tenant,
    state: stateOf(incident, said.cause_class),
    reason: incident.ending ?? 'detected',
    kind: 'anomaly',
    title: titleOf(incident, scope, size),
    metric: incident.metric,
    unit: 'count',
    currency: null,
    grain: incident.grain,
    scope,
    direction: incident.direction,
    onset_at: instant(incident.onset_ms),
    detected_at: instant(incident.opened_ms),
    last_at: instant(incident.last_ms),
    ended_at: ended ? instant(incident.abnormal_ms) : null,
    observed: decimal(incident.observed),
    expected: decimal(incident.expected),
    interval: {
      low: decimal(Math.max(0, incident.expected - 1.96 * sd)),
      high: decimal(incident.expected + 1.96 * sd),
    },
    q_value: Math.min(1, Math.max(0, incident.q_value)),
    severity: size >= 0.5 ? 'critical' : size >= 0.25 ? 'warning' : 'info',
    money_at_stake: said.money_at_stake,
    causes: findings.causes.slice(0, CAUSES_MAX).map(({ score, set, share, size }) => ({
      set: { ...set },
      score: rounded(score),
      share: rounded(share),
      size: rounded(size),
    })),
    sides: said.sides,
    cause_class: said.cause_class,
    class_posterior: said.class_posterior,
    evidence: said.evidence,
    watermark: instant(watermark_ms),
    data_age_ms: Math.max(0, findings.data_age_ms),
    parent: null,
    children: [],
    rule: null,
    muted: findings.muted,
    snoozed_until: null,
    acknowledged_by: null,
    acknowledged_at: null,
    feedback: null,
  }
  if (before === undefined) return fresh
  const { acknowledged_at, acknowledged_by, children, feedback, parent, revision, snoozed_until } = before
  const state = fresh.state === 'open' ? 'updated' : fresh.state
  return { ...fresh, state, revision, acknowledged_at, acknowledged_by, children, feedback, parent, snoozed_until }
}

type Said = Pick<AlertRecord, 'cause_class' | 'class_posterior' | 'evidence' | 'money_at_stake' | 'sides'>

/** What the numbers inside an incident and beside it say of it. */
function saidOf(incident: Incident, findings: Findings): Said {
  const { classified, signals } = findings
  return {
    cause_class: classified.cause,
    class_posterior: Object.fromEntries(
      Object.entries(classified.posterior).map(([name, share]) => [name, rounded(share)]),
    ),
    evidence: classified.evidence.map(({ nats, of }) => ({
      of,
      nats: rounded(nats),
      observed: signals[of] === undefined ? null : decimal(signals[of].observed),
      expected: signals[of] === undefined ? null : decimal(signals[of].expected),
    })),
    money_at_stake: moneyOf(incident, findings),
    sides: sidesOf(incident, signals),
  }
}

/** Which side moved of the ratio that a count is the numerator of (CTR, CVR), each with its part of ln(real / expected). */
function sidesOf({ metric }: Incident, signals: Findings['signals']): AlertRecord['sides'] {
  const of = SHARE_OF[metric]
  if (of === undefined) return []
  const changeOf = (one: Metric) => {
    const { expected = 0, observed = 0 } = signals[one === 'conversions' ? 'claimed_conversions' : one] ?? {}
    return observed > 0 && expected > 0 ? Math.log(observed / expected) : null
  }
  const [above, below] = [changeOf(metric), changeOf(of)]
  const sides = [
    { side: metric, change: above === null ? null : rounded(above) },
    { side: of, change: below === null ? null : rounded(-below) },
  ]
  return sides.sort((a, b) => Math.abs(b.change ?? 0) - Math.abs(a.change ?? 0))
}

export function idOf(tenant: string, { grain, metric, onset_ms, opened_scope }: Incident): string {
  return alertIdOf(tenant, 'anomaly', metric, grain, scopeOfKey(opened_scope), onset_ms)
}

/** What a restatement took back was never there, unless that reports were late is what the alert said. */
function stateOf({ ended_ms, ending }: Incident, cause: string): AlertRecord['state'] {
  if (ended_ms === null) return 'open'
  if (ending === 'restated' && cause === 'reporting_delay') return 'resolved'
  return ending === 'restated' || ending === 'feedback' ? 'retracted' : 'resolved'
}

function titleOf({ direction, metric }: Incident, scope: AlertScope, size: number): string {
  const of = scope.campaign ?? scope.account ?? scope.platform
  const where = of === undefined ? '' : ` of ${of}`
  return `${metric}${where} ${Math.round(size * 100)} % ${direction === 'down' ? 'below' : 'above'} what was expected`
}

/** Sales that are missing, or what was spent beyond what was expected. */
function moneyOf(incident: Incident, { currency, signals, value_micros }: Findings): AlertRecord['money_at_stake'] {
  if (currency === '') return null
  const sold = incident.metric === 'orders' ? signals.orders : signals.claimed_conversions
  const moved = incident.direction === 'up' ? signals.spend : sold
  const each = incident.direction === 'up' ? 1 : value_micros === null ? null : value_micros / 1e6
  if (moved === undefined || each === null) return null
  const sign = incident.direction === 'up' ? -1 : 1
  const mean = sign * (moved.expected - moved.observed) * each
  const wide = 1.96 * Math.sqrt(moved.variance) * each
  const hours = Math.max(1, (incident.abnormal_ms - incident.onset_ms) / HOUR_MS)
  const amount = (part: number) => ({
    mean: money(mean / part),
    low: money((mean - wide) / part),
    high: money((mean + wide) / part),
  })
  return { currency, so_far: amount(1), per_hour: amount(hours) }
}

const CAUSES_MAX = 5

function decimal(value: number): string {
  return decimalText(value, 1)
}

function money(value: number): string {
  return decimalText(value, 2)
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}
