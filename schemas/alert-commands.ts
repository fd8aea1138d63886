import { z } from 'zod'
import { ALERT_GRAINS, alertId, alertScope, FEEDBACK_VERDICTS } from './alerts.ts'

/**
 * What users say about alerts, as it lies on the topic `omnify.alert_commands`: written by whoever has the API, carried
 * out by the stage that has the alerts, in the order of the log. One whose id was carried out does nothing again.
 */
const time = z.iso.datetime({ offset: true })
const name = z.string().min(1).max(128)

const head = {
  /** Chosen by the sender; repeating it repeats nothing. */
  id: name,
  tenant: z.string().min(1),
  at: time,
  /** Who says so: the name of the key, or a person. */
  by: z.string().max(256),
}

/** A condition over one bucket of a window, for as many buckets as `buckets` says. */
export const alertRule = z.strictObject({
  name: z.string().max(200),
  metric: z.string().max(64),
  /** `drops_by` and `rises_by` compare with what was expected: 0.3 is 30 %. */
  condition: z.strictObject({
    op: z.enum(['above', 'below', 'drops_by', 'rises_by']),
    value: z.string().regex(/^-?\d{1,15}(\.\d{1,6})?$/),
  }),
  scope: alertScope,
  grain: z.enum(ALERT_GRAINS),
  /** Buckets in a row that must meet it. */
  buckets: z.int().min(1).max(24),
  /** Below this many impressions (orders, where there are none) nothing is judged. */
  volume_min: z.int().min(0),
  enabled: z.boolean(),
})
export type AlertRule = z.output<typeof alertRule>

export const alertCommand = z.discriminatedUnion('kind', [
  z.strictObject({
    ...head,
    kind: z.literal('mute'),
    mute: name,
    scope: alertScope,
    metric: z.string().max(64).nullable(),
    until: time.nullable(),
  }),
  z.strictObject({ ...head, kind: z.literal('unmute'), mute: name }),
  /** Of one alert: it is not delivered again before this time, unless it ends. Null: wakes it up. */
  z.strictObject({ ...head, kind: z.literal('snooze'), alert: alertId, until: time.nullable() }),
  z.strictObject({ ...head, kind: z.literal('acknowledge'), alert: alertId }),
  z.strictObject({
    ...head,
    kind: z.literal('feedback'),
    alert: alertId,
    verdict: z.enum(FEEDBACK_VERDICTS),
    note: z.string().max(2000),
  }),
  /** A sale, a launch: what happens in its scope meanwhile is told of as expected, and learnt from by nobody. */
  z.strictObject({
    ...head,
    kind: z.literal('expected_event'),
    event: name,
    title: z.string().max(200),
    scope: alertScope,
    from: time,
    to: time,
  }),
  z.strictObject({ ...head, kind: z.literal('expected_event_removed'), event: name }),
  z.strictObject({ ...head, kind: z.literal('rule'), rule: name, body: alertRule }),
  z.strictObject({ ...head, kind: z.literal('rule_removed'), rule: name }),
  /** The knob: how many false alerts a day are put up with. */
  z.strictObject({ ...head, kind: z.literal('settings'), alerts_a_day: z.number().min(0.01).max(1000) }),
])
export type AlertCommand = z.output<typeof alertCommand>

/** @throws ZodError, SyntaxError for what is no command */
export function parseAlertCommand(bytes: string): AlertCommand {
  return alertCommand.parse(JSON.parse(bytes))
}
