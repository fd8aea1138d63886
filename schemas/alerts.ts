import { z } from 'zod'
import { hash128 } from './hash.ts'

/**
 * An alert as everybody sees it: on the topic `omnify.alerts`, in the table `alerts`, over SSE and in webhooks. Each
 * change is a new revision with everything in it; the same id and revision have the same bytes for ever.
 *
 * Quantities (`observed`, `expected`, `interval`, money) are decimal text, so that nothing on the way rounds them; money
 * is in major units of `currency`. Times are RFC 3339, UTC. Null is not known or not so, never zero.
 */
export const ALERT_STATES = ['open', 'updated', 'resolved', 'retracted'] as const
export type AlertState = (typeof ALERT_STATES)[number]

/** Of a state: what made this revision. */
export const ALERT_REASONS = [
  'detected',
  'grew',
  'explained',
  'user',
  'back_to_normal',
  'restated',
  'feedback',
  'expected_event',
  'merged',
  'new_level',
  'out_of_data',
] as const

export const ALERT_KINDS = ['anomaly', 'trend', 'threshold', 'fatigue'] as const
export const ALERT_GRAINS = ['5m', 'hour', 'day'] as const
export type AlertGrain = (typeof ALERT_GRAINS)[number]
export const SEVERITIES = ['info', 'warning', 'critical'] as const

/** Every class of cause; which evidence speaks for which is in `models/root-cause`. */
export const CAUSE_CLASSES = [
  'tracking_break',
  'budget_exhausted',
  'bid_change',
  'creative_fatigue',
  'site_outage',
  'stock_out',
  'holiday',
  'reporting_delay',
  'fraud',
  'price_change',
  'unknown',
] as const

export const FEEDBACK_VERDICTS = ['anomaly', 'expected', 'not_anomaly', 'new_trend'] as const

const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const decimal = z.string().regex(/^-?\d+(\.\d{1,6})?$/)
const share = z.number().min(0).max(1)
export const alertId = z.string().regex(/^alr_[0-9a-f]{32}$/)
/** Dimension values; none at all is everything the tenant has. */
export const alertScope = z.record(z.string().max(32), z.string().max(256))
export type AlertScope = Readonly<Record<string, string>>

const interval = z.strictObject({ low: decimal, high: decimal })
const amount = z.strictObject({ mean: decimal, low: decimal, high: decimal })

/** The order of the fields is their order in the bytes: a new one is added at the end, optional. */
export const alertRecord = z.strictObject({
  id: alertId,
  revision: z.int().min(1),
  tenant: z.string(),
  state: z.enum(ALERT_STATES),
  reason: z.enum(ALERT_REASONS),
  kind: z.enum(ALERT_KINDS),
  /** One sentence for a person. */
  title: z.string().max(500),
  metric: z.string().max(64),
  /** `count`, `money` or `ratio`: what the quantities are. */
  unit: z.enum(['count', 'money', 'ratio']),
  currency: z.string().nullable(),
  grain: z.enum(ALERT_GRAINS),
  scope: alertScope,
  direction: z.enum(['down', 'up']),
  /** Start of the first bucket that was off. */
  onset_at: time,
  /** Watermark at which it was opened. */
  detected_at: time,
  /** End of the last bucket that was judged. */
  last_at: time,
  /** End of the first normal bucket after it; null while it is open. */
  ended_at: time.nullable(),
  /** Over the buckets from the onset to the last one that was off. */
  observed: decimal.nullable(),
  expected: decimal.nullable(),
  /** 95 % of what was expected. */
  interval: interval.nullable(),
  q_value: share.nullable(),
  severity: z.enum(SEVERITIES),
  /** Contribution that is lost, or spent for nothing. Below zero: gained. */
  money_at_stake: z.strictObject({ currency: z.string(), so_far: amount, per_hour: amount }).nullable(),
  /** Where it comes from, best first; an empty set is a cause from outside. */
  causes: z.array(z.strictObject({ set: alertScope, score: share, share: z.number(), size: z.number() })),
  /** Of a ratio: which side moved, with its part of the change of the logarithm. */
  sides: z.array(z.strictObject({ side: z.string(), change: z.number().nullable() })),
  cause_class: z.enum(CAUSE_CLASSES),
  class_posterior: z.record(z.string(), share),
  /** What speaks for the class or against it, in nats, and what the numbers behind it were. */
  evidence: z.array(
    z.strictObject({
      of: z.string(),
      nats: z.number(),
      observed: decimal.nullable(),
      expected: decimal.nullable(),
    }),
  ),
  /** Up to where all sources of the scope had been read. */
  watermark: time,
  data_age_ms: z.int().min(0),
  parent: alertId.nullable(),
  children: z.array(alertId),
  rule: z.string().nullable(),
  muted: z.boolean(),
  snoozed_until: time.nullable(),
  acknowledged_by: z.string().nullable(),
  acknowledged_at: time.nullable(),
  feedback: z.enum(FEEDBACK_VERDICTS).nullable(),
})
export type AlertRecord = Readonly<z.output<typeof alertRecord>>

/**
 * The one spelling of a revision: JSON with the fields in the order of the schema, names within them sorted.
 *
 * @throws ZodError for what is no alert
 */
export function alertBytes(record: AlertRecord): string {
  const checked = alertRecord.parse(record) as Record<string, unknown>
  const fields = Object.keys(alertRecord.shape).filter((name) => checked[name] !== undefined)
  return `{${fields.map((name) => `${JSON.stringify(name)}:${sorted(checked[name])}`).join(',')}}`
}

/** @throws ZodError, SyntaxError for bytes that no alert has */
export function parseAlert(bytes: string): AlertRecord {
  return alertRecord.parse(JSON.parse(bytes))
}

/** @param onset_ms of the first bucket; a scope has one alert of a kind and metric that begins there */
export function alertIdOf(
  tenant: string,
  kind: AlertRecord['kind'],
  metric: string,
  grain: AlertGrain,
  scope: AlertScope,
  onset_ms: number,
  rule: string | null = null,
): string {
  const words = new Uint32Array(4)
  hash128(JSON.stringify([tenant, kind, metric, grain, sorted(scope), onset_ms, rule]), ALERT_SEED, words)
  return `alr_${[...words].map((word) => word.toString(16).padStart(8, '0')).join('')}`
}

/** All alerts of a tenant are in one partition of the topic, so one place in it resumes their stream. */
export function alertPartition(tenant: string, partitions: number): number {
  const words = new Uint32Array(4)
  hash128(tenant, ALERT_SEED, words)
  return words[0]! % partitions
}

/** Headers of a record of the topic: CloudEvents 1.0, Kafka protocol binding, binary mode. */
export function alertHeaders(record: AlertRecord): Readonly<Record<string, string>> {
  return {
    ce_specversion: '1.0',
    ce_id: `${record.id}.${record.revision}`,
    ce_source: `/omnify/tenants/${encodeURIComponent(record.tenant)}`,
    ce_type: `omnify.alert.${record.state}`,
    ce_subject: record.id,
    ce_time: record.last_at,
    'content-type': 'application/json',
  }
}

const ALERT_SEED = 0x616c7274

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${sorted(one)}`).join(',')}}`
}
