import { type Account, followDay, openAccount } from '../../../models/fatigue/account.ts'
import { LEVELS } from '../../../models/fatigue/day.ts'
import { lastWeek } from '../../../models/fatigue/evidence.ts'
import { featuresOf } from '../../../models/fatigue/features.ts'
import { type FatigueModel, type Forecast, forecast } from '../../../models/fatigue/model.ts'
import { type Outlook, outlookOf } from '../../../models/fatigue/outlook.ts'
import {
  type AccountRecord,
  correct,
  type OwnRecord,
  openAccountRecord,
  openOwnRecord,
} from '../../../models/fatigue/own-record.ts'
import { type Flags, flagsOf, type Reason, reasonsOf } from '../../../models/fatigue/reasons.ts'
import type { AdAccount, DayRow } from './read-days.ts'
import { knownAt } from './read-days.ts'

/** An account as far as it has been followed. All of it comes from its days, so a restart follows it anew. */
export type Followed = AdAccount & {
  readonly model: Account
  /** What became of earlier forecasts, here and in the other accounts of the tenant. */
  readonly record: AccountRecord
  readonly launches: Map<string, number>
  last_day: number
  /** When the newest report was made that went into it: forecasts of earlier days would know of later ones. */
  known_ms: number
}

/** What is said of one creative at the end of one day. */
export type Scored = {
  readonly creative: string
  readonly currency: string
  readonly days: number
  /** As what became of earlier ones corrects it; `grade` is that of the shipped model, whose thresholds are its own. */
  readonly forecast: Forecast
  /** Of the shipped model alone. */
  readonly shipped: Forecast
  readonly flags: Flags
  readonly reasons: readonly Reason[]
  readonly outlook: Outlook
  /** Cost of a result over the last seven days, and over its best seven; null where it had too few. */
  readonly cost_per_result: number | null
  readonly best_cost_per_result: number | null
  /** What the model was given. */
  readonly features: readonly number[]
}

export type ScoredDay = {
  readonly day: number
  /** When its forecasts could first be made. */
  readonly known_at_ms: number
  /** False where a report that went into it was made a day and more after that: it is no forecast any more. */
  readonly in_time: boolean
  readonly creatives: readonly Scored[]
}

/** @param together what matures in all accounts of the tenant; without, in this one alone */
export function openFollowed(account: AdAccount, first_day: number, together: OwnRecord = openOwnRecord()): Followed {
  return {
    ...account,
    model: openAccount(),
    record: openAccountRecord(together, `${account.platform}/${account.account}`),
    launches: new Map(),
    last_day: first_day - 1,
    known_ms: Number.NEGATIVE_INFINITY,
  }
}

/** Takes in one day of the account and says what is to be expected of each creative that ran on it. */
export function scoreDay(followed: Followed, model: FatigueModel, day: number, rows: readonly DayRow[]): ScoredDay {
  const creatives: Scored[] = []
  const currencies = new Map(rows.map(({ creative, currency }) => [creative, currency]))
  const days = rows.map((row) => ({ ...row, reach_cum: null, age: ageOf(followed, row) }))
  followDay(followed.model, days, model.structure, (row, creative, belief, market) => {
    const week = lastWeek(creative.evidence)
    const shipped = creative.days < DAYS_LEAST ? tooYoung(creative.days) : forecast(model, creative, belief, market)
    creatives.push({
      creative: row.creative,
      currency: currencies.get(row.creative)!,
      days: creative.days,
      forecast: shipped,
      shipped,
      flags: flagsOf(creative),
      reasons: reasonsOf(creative, belief, market),
      outlook: outlookOf(creative, belief),
      cost_per_result: week.conversions > 0 && week.spend > 0 ? week.spend / week.conversions : null,
      best_cost_per_result: creative.evidence.best_cost_per_result,
      features: LEVELS.flatMap((level) => featuresOf(creative, belief, market, level)),
    })
  })
  for (const { observed_ms } of rows) followed.known_ms = Math.max(followed.known_ms, observed_ms)
  followed.last_day = day
  const known_at_ms = knownAt(followed.zone, day)
  const shipped = creatives.map((scored) => scored.shipped)
  const corrected = correct(followed.record, model, days, shipped)
  return {
    day,
    known_at_ms,
    in_time: followed.known_ms <= known_at_ms + DAY_MS,
    creatives: creatives.map((scored, i) => ({ ...scored, forecast: corrected[i]! })),
  }
}

const DAY_MS = 86_400_000
/** The model was never asked about younger creatives while it learnt: their best week is not over. */
const DAYS_LEAST = 7

function tooYoung(days: number): Forecast {
  return { kind: 'insufficient', needs: `${DAYS_LEAST} days of delivery; there ${days === 1 ? 'is' : 'are'} ${days}` }
}

function ageOf({ launches }: Followed, { creative, day }: DayRow): number {
  const launch = launches.get(creative) ?? day
  launches.set(creative, launch)
  return day - launch
}
