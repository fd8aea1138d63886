import { LEVELS, type Level } from '../../../models/fatigue/day.ts'
import { type FatigueModel, HORIZONS } from '../../../models/fatigue/model.ts'
import { type ForecastRecord, maturesAt } from '../../../schemas/forecasts.ts'
import { hash64Hex } from '../../../schemas/hash.ts'
import { formatDay } from '../../../schemas/zone.ts'
import type { Scored, ScoredDay } from './follow.ts'
import type { AdAccount } from './read-days.ts'

/** What a forecast of a creative says besides its probability; `details` of its record, as JSON. */
export type FatigueDetails = {
  /** Bounds within which the account's share of onsets lies, in 80 % of quarters (`models/fatigue/own-record.ts`). */
  readonly low: number
  readonly high: number
  /** What the shipped model says, before what became of earlier forecasts corrects it. */
  readonly shipped: number | null
  readonly grade: 'none' | 'candidate' | 'alert' | 'urgent'
  /** No later should the next creative run; null where nothing is called for. */
  readonly refresh_by: string | null
  readonly days: number
  readonly flags: Scored['flags']
  readonly reasons: readonly {
    readonly of: string
    readonly text: string
    readonly now: number
    readonly best: number
  }[]
  readonly outlook: Scored['outlook']
  readonly cost_per_result: number | null
  readonly best_cost_per_result: number | null
}

/** The forecasts of one day of an account: for each creative both levels at both horizons. None where too little is known. */
export function recordsOf(
  account: AdAccount,
  { creatives, day, known_at_ms }: ScoredDay,
  model: FatigueModel,
  model_name: string,
): ForecastRecord[] {
  return creatives.flatMap((scored) => {
    if (scored.forecast.kind === 'insufficient') return []
    const { levels } = scored.forecast
    const chances = LEVELS.flatMap((level) => [levels[level].p7, levels[level].p14])
    const features_hash = BigInt(`0x${hash64Hex(JSON.stringify([model_name, scored.features, chances]))}`)
    return LEVELS.flatMap((level) =>
      HORIZONS.map((horizon_days, h): ForecastRecord => {
        const chance = horizon_days === 7 ? levels[level].p7 : levels[level].p14
        return {
          tenant: account.tenant,
          model: model_name,
          scope: scopeOf(account),
          currency: scored.currency,
          origin: day,
          horizon_days,
          edition: 0,
          entity_kind: 'creative',
          entity: scored.creative,
          metric: level,
          watermark_ms: known_at_ms,
          matures_ms: maturesAt(day, horizon_days, account.platform),
          mean: null,
          quantiles: null,
          probability: chance.p,
          naive: [model.levels[level].record.base_rate[h]!],
          features_hash,
          details: JSON.stringify(detailsOf(scored, level, horizon_days, chance, levels[level], day)),
        }
      }),
    )
  })
}

/** The model that installations begin with, as one of its own: what it says before earlier forecasts correct it. */
export const SHIPPED_FATIGUE = 'fatigue-shipped'

/** The same forecasts as the shipped model alone would have made them, to be scored beside those that are served. */
export function shippedRecordsOf(
  account: AdAccount,
  scored: ScoredDay,
  model: FatigueModel,
  model_name: string,
): ForecastRecord[] {
  const creatives = scored.creatives.map((one) => ({ ...one, forecast: one.shipped }))
  const name = model_name.replace(/^[^@]*/, SHIPPED_FATIGUE)
  // What is said besides stands with the forecast that is served.
  return recordsOf(account, { ...scored, creatives }, model, name).map((record) => ({ ...record, details: '{}' }))
}

/** Within what the id of a creative is unique. Neither platforms nor accounts have a slash first: the first one parts them. */
export function scopeOf({ account, platform }: Pick<AdAccount, 'platform' | 'account'>): string {
  return `${platform}/${account}`
}

function detailsOf(
  scored: Scored,
  level: Level,
  horizon_days: number,
  { low, high }: { readonly low: number; readonly high: number },
  { grade, half_in_days }: { readonly grade: FatigueDetails['grade']; readonly half_in_days: number },
  day: number,
): FatigueDetails {
  const shipped = scored.shipped.kind === 'insufficient' ? null : scored.shipped.levels[level]
  return {
    low,
    high,
    shipped: shipped === null ? null : (horizon_days === 7 ? shipped.p7 : shipped.p14).p,
    grade,
    refresh_by: grade === 'none' ? null : formatDay(day + half_in_days),
    days: scored.days,
    flags: scored.flags,
    // The same for both levels and horizons: kept once, where it is looked for first.
    reasons: level === 'limited' ? scored.reasons.map(({ of, text, now, best }) => ({ of, text, now, best })) : [],
    outlook: scored.outlook,
    cost_per_result: scored.cost_per_result,
    best_cost_per_result: scored.best_cost_per_result,
  }
}
