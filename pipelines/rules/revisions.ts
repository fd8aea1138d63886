import type { AlertRule } from '../../schemas/alert-commands.ts'
import { type AlertRecord, alertIdOf } from '../../schemas/alerts.ts'
import { isEnded, revise } from '../alerts/commands.ts'
import type { Episode } from './judge.ts'
import type { Quantity } from './quantity.ts'

export type RuleState = {
  readonly tenant: string
  readonly currency: string
  readonly rule: string
  readonly body: AlertRule
  readonly quantity: Quantity
  /** Where the span that was judged begins. */
  readonly from_ms: number
  readonly watermark_ms: number
  readonly data_age_ms: number
  /** Whether what begins now is told to nobody. */
  readonly muted: boolean
}

/**
 * What has changed in the alerts of a rule, as new revisions. An episode that overlaps an alert is that alert, also where
 * a restatement has moved its onset; an alert without an episode was taken back by one. One that comes back by another is
 * the same alert, open again: its id was told already. What a user took back stays so.
 *
 * @param known  newest revisions of the rule's alerts that are open, or began within the span that was judged
 */
export function revisionsOf(
  state: RuleState,
  episodes: readonly Episode[],
  known: readonly AlertRecord[],
): AlertRecord[] {
  const revisions: AlertRecord[] = []
  const taken = known.filter((record) => record.state === 'retracted')
  const left = new Set(known.filter((record) => record.state !== 'retracted'))
  for (const episode of episodes) {
    const same = [...left].find((record) => overlaps(state, record, episode))
    if (same !== undefined) left.delete(same)
    const gone =
      same === undefined ? taken.find((record) => overlaps(state, { ...record, ended_at: null }, episode)) : undefined
    if (gone?.feedback === 'expected' || gone?.feedback === 'not_anomaly') continue
    const opened = same ?? (gone === undefined ? openedBy(state, episode) : reopened(state, gone, episode))
    if (same === undefined) revisions.push(opened)
    if (isEnded(opened)) continue
    const next = nextOf(state, opened, episode)
    if (next !== undefined) revisions.push(next)
  }
  for (const record of left) {
    const ended_at = instant(state.watermark_ms)
    const next = revise(record, { state: 'retracted', reason: 'restated', ended_at: record.ended_at ?? ended_at })
    if (next !== undefined) revisions.push(next)
  }
  return revisions
}

/** The rule is no more, or rests: its alert is over, since nobody looks any longer. */
export function endedByUser(record: AlertRecord, watermark_ms: number): AlertRecord | undefined {
  if (isEnded(record)) return undefined
  return revise(record, { state: 'resolved', reason: 'user', ended_at: instant(watermark_ms) })
}

function openedBy(state: RuleState, episode: Episode): AlertRecord {
  const { body, currency, data_age_ms, muted, quantity, rule, tenant, watermark_ms } = state
  const { grain, metric, scope } = body
  return {
    id: alertIdOf(tenant, 'threshold', metric, grain, scope, episode.onset_ms, rule),
    ...{ revision: 1, tenant, state: 'open', reason: 'detected', kind: 'threshold' },
    title: titleOf(body),
    ...{ metric, unit: quantity.unit, currency: quantity.has_money ? currency : null, grain, scope },
    direction: body.condition.op === 'above' || body.condition.op === 'rises_by' ? 'up' : 'down',
    onset_at: instant(episode.onset_ms),
    detected_at: instant(watermark_ms),
    last_at: instant(episode.opened_ms),
    ended_at: null,
    observed: decimal(episode.observed),
    expected: episode.expected === undefined ? null : decimal(episode.expected),
    ...{ interval: null, q_value: null, severity: 'warning', money_at_stake: null, causes: [], sides: [] },
    ...{ cause_class: 'unknown', class_posterior: {}, evidence: [] },
    ...{ watermark: instant(watermark_ms), data_age_ms, parent: null, children: [], rule },
    ...{ muted, snoozed_until: null, acknowledged_by: null, acknowledged_at: null, feedback: null },
  }
}

function reopened(state: RuleState, record: AlertRecord, episode: Episode): AlertRecord {
  const changes = { state: 'open', reason: 'restated', ended_at: null, ...numbersOf(state, episode) } as const
  return revise(record, changes) ?? record
}

/** Not every bucket that a rule goes on holding is news: its end is, and once a day how it stands. */
function nextOf(state: RuleState, record: AlertRecord, episode: Episode): AlertRecord | undefined {
  const now = numbersOf(state, episode)
  if (episode.ended_ms !== undefined)
    return revise(record, { ...now, state: 'resolved', reason: 'back_to_normal', ended_at: instant(episode.ended_ms) })
  if (episode.last_ms - Date.parse(record.last_at) < TELL_AGAIN_MS) return undefined
  return revise(record, { ...now, reason: 'grew' })
}

function numbersOf(state: RuleState, { expected, last_ms, observed }: Episode) {
  return {
    last_at: instant(last_ms),
    observed: decimal(observed),
    expected: expected === undefined ? null : decimal(expected),
    ...{ watermark: instant(state.watermark_ms), data_age_ms: state.data_age_ms },
  }
}

/** Whether an episode is what an alert tells of. One that is open when the judged span begins reaches into it. */
export function overlaps(
  { from_ms }: Pick<RuleState, 'from_ms'>,
  { ended_at, last_at, onset_at }: Pick<AlertRecord, 'ended_at' | 'last_at' | 'onset_at'>,
  episode: Episode,
): boolean {
  const end_ms = Math.max(Date.parse(last_at), ended_at === null ? from_ms + 1 : Date.parse(ended_at))
  return episode.onset_ms < end_ms && (episode.ended_ms ?? episode.last_ms) > Date.parse(onset_at)
}

const WORDS: Readonly<Record<AlertRule['condition']['op'], string>> = {
  above: 'above',
  below: 'below',
  drops_by: 'down by more than',
  rises_by: 'up by more than',
}

function titleOf({ condition, metric, name, scope }: AlertRule): string {
  const where = Object.entries(scope).map(([dimension, value]) => `${dimension} ${value}`)
  const share = condition.op === 'drops_by' || condition.op === 'rises_by'
  const value = share ? `${Number(condition.value) * 100} % of what is usual` : condition.value
  const text = `${name === '' ? 'Rule' : name}: ${metric} ${WORDS[condition.op]} ${value}`
  return [text, ...where].join(', ').slice(0, 500)
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}

/** Millionths as the shortest decimal text. */
export function decimal(micros: bigint): string {
  const sign = micros < 0n ? '-' : ''
  const size = micros < 0n ? -micros : micros
  const decimals = String(size % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '')
  return `${sign}${size / 1_000_000n}${decimals === '' ? '' : `.${decimals}`}`
}

const TELL_AGAIN_MS = 86_400_000
