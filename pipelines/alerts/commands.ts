import type { AlertCommand } from '../../schemas/alert-commands.ts'
import { type AlertRecord, alertBytes } from '../../schemas/alerts.ts'

/**
 * What a command makes of an alert: its next revision, or undefined where it changes nothing, so that a command which is
 * carried out twice is one revision. Commands that are about no single alert (rules, expected events, settings) change
 * none here.
 */
export function obey(record: AlertRecord, command: AlertCommand): AlertRecord | undefined {
  if (command.tenant !== record.tenant) return undefined
  const changed = changesOf(record, command)
  if (changed === undefined) return undefined
  return revise(record, { reason: 'user', ...changed })
}

/** The next revision with these changes; undefined where all of it is as before. */
export function revise(record: AlertRecord, changes: Partial<AlertRecord>): AlertRecord | undefined {
  const same = { ...record, ...changes, reason: record.reason, state: changes.state ?? record.state }
  if (alertBytes(same) === alertBytes(record)) return undefined
  const ends = changes.state === 'resolved' || changes.state === 'retracted'
  const state = ends || isEnded(record) ? (changes.state ?? record.state) : 'updated'
  return { ...record, ...changes, state, revision: record.revision + 1 }
}

export function isEnded({ state }: AlertRecord): boolean {
  return state === 'resolved' || state === 'retracted'
}

function changesOf(record: AlertRecord, command: AlertCommand): Partial<AlertRecord> | undefined {
  switch (command.kind) {
    case 'acknowledge':
      if (command.alert !== record.id || record.acknowledged_by !== null) return undefined
      return { acknowledged_by: command.by, acknowledged_at: instant(command.at) }
    case 'snooze':
      if (command.alert !== record.id) return undefined
      return { snoozed_until: command.until === null ? null : instant(command.until) }
    case 'feedback':
      if (command.alert !== record.id || command.verdict === record.feedback) return undefined
      return { feedback: command.verdict, ...endBy(record, command.verdict, instant(command.at)) }
    case 'mute':
      if (isEnded(record) || !covers(command.scope, command.metric, record)) return undefined
      return { muted: true }
    default:
      return undefined
  }
}

/** An anomaly that is none, or that somebody expected, is taken back; one that is the new normal is over. */
function endBy(record: AlertRecord, verdict: string, at: string): Partial<AlertRecord> {
  if (isEnded(record) || verdict === 'anomaly') return {}
  const state = verdict === 'new_trend' ? 'resolved' : 'retracted'
  return { state, reason: 'feedback', ended_at: at }
}

/** Whether a scope and metric of a user's holds an alert. An empty scope holds all. */
export function covers(
  scope: Readonly<Record<string, string>>,
  metric: string | null,
  record: Pick<AlertRecord, 'scope' | 'metric'>,
): boolean {
  if (metric !== null && metric !== record.metric) return false
  return Object.entries(scope).every(([name, value]) => record.scope[name] === value)
}

function instant(text: string): string {
  return new Date(text).toISOString()
}
