import { classify, type Moved } from '../../../models/root-cause/classify.ts'
import type { Side } from '../../../models/root-cause/ratio.ts'
import type { Signal } from '../../../models/root-cause/signatures.ts'
import { type AlertRecord, alertIdOf } from '../../../schemas/alerts.ts'
import { decimalText, rounded } from '../core/numbers.ts'
import type { KnownFacts } from '../core/situation.ts'
import type { Judged } from './judge.ts'

export type Decline = {
  readonly tenant: string
  readonly platform: string
  readonly judged: Judged
  readonly signals: Partial<Record<Signal, Moved>>
  readonly facts: KnownFacts
  readonly sides: readonly Side[]
  readonly currency: string
  /** What was spent since it began, and in how many days. */
  readonly spend: number
  readonly days: number
  readonly watermark_ms: number
  readonly data_age_ms: number
  /** Start of a local day, as an instant. */
  instantOf(day: number): number
  readonly last: number
  readonly muted: boolean
}

/** The alert of a platform that brings less and less for its spend. */
export function declineRecord(decline: Decline): AlertRecord {
  const { currency, instantOf, judged, last, platform, signals, tenant } = decline
  const { known, trend, what } = judged
  const scope = { platform }
  const onset_ms = instantOf(known.since)
  const low = 1 - trend.recent / trend.base
  const { cause, evidence, posterior } = classify({ signals, facts: { ...decline.facts, gradual: true } })
  const band = 1.96 * known.spread
  const ended = what !== 'declines'
  const [first] = decline.sides
  return {
    id: alertIdOf(tenant, 'trend', 'roas', 'day', scope, onset_ms),
    revision: 1,
    tenant,
    state: ended ? 'resolved' : 'open',
    reason: what === 'declines' ? 'detected' : what === 'recovered' ? 'back_to_normal' : 'new_level',
    kind: 'trend',
    title: `roas of ${platform} has been declining and is ${Math.round(low * 100)} % below what was usual`,
    metric: 'roas',
    unit: 'ratio',
    currency: null,
    grain: 'day',
    scope,
    direction: 'down',
    onset_at: iso(onset_ms),
    detected_at: iso(instantOf(last + 1)),
    last_at: iso(instantOf(last + 1)),
    ended_at: ended ? iso(instantOf(last + 1)) : null,
    observed: decimalText(trend.recent, 4),
    expected: decimalText(trend.base, 4),
    interval: {
      low: decimalText(trend.base * Math.exp(-band), 4),
      high: decimalText(trend.base * Math.exp(band), 4),
    },
    q_value: null,
    severity: low >= 0.3 ? 'critical' : low >= 0.2 ? 'warning' : 'info',
    money_at_stake: currency === '' ? null : moneyOf(decline),
    causes: (first?.causes ?? []).slice(0, CAUSES_MAX).map(({ score, set, share, size }) => ({
      set: { ...scope, ...set },
      score: rounded(score),
      share: rounded(share),
      size: rounded(size),
    })),
    sides: decline.sides.map(({ change, side }) => ({ side, change: change === null ? null : rounded(change) })),
    cause_class: cause,
    class_posterior: Object.fromEntries(Object.entries(posterior).map(([name, share]) => [name, rounded(share)])),
    evidence: evidence.map(({ nats, of }) => {
      const moved = signals[of as Signal]
      return {
        of,
        nats: rounded(nats),
        observed: moved === undefined ? null : decimalText(moved.observed, 1),
        expected: moved === undefined ? null : decimalText(moved.expected, 1),
      }
    }),
    watermark: iso(decline.watermark_ms),
    data_age_ms: Math.max(0, decline.data_age_ms),
    parent: null,
    children: [],
    rule: null,
    muted: decline.muted,
    snoozed_until: null,
    acknowledged_by: null,
    acknowledged_at: null,
    feedback: null,
  }
}

/** What the same spend would have brought more at the usual ratio. */
function moneyOf({ currency, days, judged, spend }: Decline): AlertRecord['money_at_stake'] {
  const { known, trend } = judged
  const amount = (part: number) => {
    const at = (base: number) => decimalText((Math.max(0, base - trend.recent) * spend) / part, 2)
    return {
      mean: at(trend.base),
      low: at(trend.base * Math.exp(-1.96 * known.spread)),
      high: at(trend.base * Math.exp(1.96 * known.spread)),
    }
  }
  return { currency, so_far: amount(1), per_hour: amount(24 * Math.max(1, days)) }
}

const CAUSES_MAX = 5

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
