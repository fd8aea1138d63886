import { type CreativeFate, idOf, type Level, onsetOf } from './day.ts'

/** The first alert of a creative on a scored day, or null where it had none. */
export type FirstAlert = { readonly age: number; readonly day: number } | null

/** A creative with its fate and its first alert. */
export type Alerted = { readonly fate: CreativeFate; readonly first: FirstAlert }

/** Days on which a whole account's click or conversion rate was down, first and last included. */
export type Shock = { readonly account: string; readonly first_day: number; readonly last_day: number }

export type AlertScore = {
  readonly alerts: number
  /** Share of the alerts that an onset follows within 21 days. Null without alerts. */
  readonly precision: number | null
  /** Of all onsets from the 14th day of a creative on: share that was alerted at least 7 days before. */
  readonly recall: number | null
  /** The same, 7 to 21 days before. */
  readonly on_time: number | null
  /** Of the alerts that an onset follows. */
  readonly median_lead_days: number | null
  /** Share of the alerts that were raised inside a shock and that no onset follows. */
  readonly in_shocks: number | null
}

/** Scores first alerts against what became of the creatives. */
export function scoreFirstAlerts(
  creatives: readonly Alerted[],
  shocks: readonly Shock[] = [],
  level: Level = 'fatigued',
): AlertScore {
  let alerts = 0
  let right = 0
  let warned = 0
  let on_time = 0
  let fell = 0
  let in_shocks = 0
  const leads: number[] = []
  for (const { fate, first } of creatives) {
    const onset = onsetOf(fate, level)
    const late_enough = onset !== null && onset >= ONSET_AGE_LEAST
    if (late_enough) fell++
    if (first === null) continue
    alerts++
    const lead = onset === null ? 0 : onset - first.age
    if (lead >= 1) leads.push(lead)
    if (lead >= 1 && lead <= LEAD_MOST) right++
    if (late_enough && lead >= LEAD_LEAST) warned++
    if (late_enough && lead >= LEAD_LEAST && lead <= LEAD_MOST) on_time++
    if (lead < 1 && inside(shocks, fate.account, first.day)) in_shocks++
  }
  const share = (part: number, whole: number) => (whole === 0 ? null : part / whole)
  return {
    alerts,
    precision: share(right, alerts),
    recall: share(warned, fell),
    on_time: share(on_time, fell),
    median_lead_days: leads.length === 0 ? null : leads.toSorted((a, b) => a - b)[leads.length >> 1]!,
    in_shocks: share(in_shocks, alerts),
  }
}

const ONSET_AGE_LEAST = 14
const LEAD_LEAST = 7
const LEAD_MOST = 21

function inside(shocks: readonly Shock[], account: string, day: number): boolean {
  return shocks.some((shock) => shock.account === account && day >= shock.first_day && day <= shock.last_day)
}

/** Every creative with the first of its scored days on which `alerts` says so. Days must be in order of age. */
export function firstAlerts(
  fates: readonly CreativeFate[],
  ids: readonly string[],
  ages: ArrayLike<number>,
  days: ArrayLike<number>,
  alerts: (row: number) => boolean,
): Alerted[] {
  const first = new Map<string, FirstAlert>()
  ids.forEach((id, row) => {
    if (!first.has(id) && alerts(row)) first.set(id, { age: ages[row]!, day: days[row]! })
  })
  return fates.map((fate) => ({ fate, first: first.get(idOf(fate)) ?? null }))
}

/** A week of the creative is known, and its onset lies ahead: days on which a forecast is scored. */
export function isScored(age: number, fate: CreativeFate, level: Level = 'fatigued'): boolean {
  const onset = onsetOf(fate, level)
  return age >= SCORED_FROM_AGE && (onset === null || age < onset)
}

/** Also the first age at which an alert is raised: the best seven days are not known before. */
export const SCORED_FROM_AGE = 6
