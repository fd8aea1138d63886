import { z } from 'zod'
import { ALERT_KINDS, ALERT_STATES, type AlertRecord, alertScope, SEVERITIES } from '../../schemas/alerts.ts'
import { WEBHOOK_FORMATS } from './formats.ts'

/** Which alerts a webhook is told of. What is left out lets everything through. */
export const webhookFilter = z.strictObject({
  kinds: z.array(z.enum(ALERT_KINDS)).max(10).default([]),
  states: z.array(z.enum(ALERT_STATES)).max(10).default([]),
  metrics: z.array(z.string().max(64)).max(50).default([]),
  severity_min: z.enum(SEVERITIES).default('info'),
  /** Alerts of exactly these values; an alert of more dimensions is within them. */
  scope: alertScope.default({}),
})
export type WebhookFilter = z.output<typeof webhookFilter>

export const webhookDefinition = z.strictObject({
  url: z.string().min(1).max(2048),
  format: z.enum(WEBHOOK_FORMATS).default('json'),
  description: z.string().max(500).default(''),
  filter: webhookFilter.prefault({}),
  enabled: z.boolean().default(true),
})
export type WebhookDefinition = z.output<typeof webhookDefinition>

/** The newest secret first; the one before it signs too until its end. */
export type Secret = { readonly secret: string; readonly until_ms: number | null }

export type Webhook = WebhookDefinition & {
  readonly tenant: string
  readonly id: string
  /** Grows with every change. */
  readonly version: number
  /** Grows when it is to begin at another place of the log: it was enabled again, or is to say everything again. */
  readonly epoch: number
  /** Place of the tenant's partition at which the epoch begins. */
  readonly from_offset: number
  readonly created_at: string
  readonly secrets: readonly Secret[]
}

/** Whether a webhook is to be told of a revision. What was muted, or snoozed and goes on, is told to nobody. */
export function isWanted(filter: WebhookFilter, record: AlertRecord, now_ms: number): boolean {
  const { kind, metric, muted, scope, severity, snoozed_until, state } = record
  const ends = state === 'resolved' || state === 'retracted'
  if (muted || (snoozed_until !== null && !ends && Date.parse(snoozed_until) > now_ms)) return false
  const holds = <T>(list: readonly T[], one: T) => list.length === 0 || list.includes(one)
  return (
    holds(filter.kinds, kind) &&
    holds(filter.states, state) &&
    holds(filter.metrics, metric) &&
    SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(filter.severity_min) &&
    Object.entries(filter.scope).every(([name, value]) => scope[name] === value)
  )
}

/** Those that sign now. */
export function liveSecrets({ secrets }: Pick<Webhook, 'secrets'>, now_ms: number): string[] {
  return secrets.filter(({ until_ms }) => until_ms === null || until_ms > now_ms).map(({ secret }) => secret)
}
