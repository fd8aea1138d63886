import { type CreativeDay, LEVELS } from './day.ts'
import { logit } from './features.ts'
import { cameWithin, type Labeller, labelDay, labelNow, openLabeller } from './labels.ts'
import { binsOf, MaturedDays, ownIsNoWorse } from './matured-days.ts'
import { type Chance, type FatigueModel, type Forecast, HORIZONS, ordered } from './model.ts'
import { type Recalibration, recalibrate, recalibrated, varianceAt } from './recalibration.ts'
import { NORMAL_90 } from './spread.ts'

/** What matured in all accounts of an installation, which a model learns from beside what it was shipped with. */
export type OwnRecord = { readonly matured: MaturedDays; readonly first_days: Map<string, number> }

/** The same of one account, and its forecasts that have not matured. */
export type AccountRecord = {
  readonly name: string
  readonly together: OwnRecord
  readonly matured: MaturedDays
  readonly labeller: Labeller
  waiting: Waiting[]
  last_day: number
}

/** What was said of one creative on one day, for each of `KINDS`: log odds as shipped, chances as an own record had them. */
type Waiting = {
  readonly day: number
  readonly creative: string
  readonly log_odds: readonly number[]
  readonly own: readonly number[]
}

const KINDS = LEVELS.flatMap((level) => HORIZONS.map((horizon_days, h) => ({ level, horizon_days, h })))

export function openOwnRecord(): OwnRecord {
  return { matured: new MaturedDays(KINDS.length, KEPT_DAYS), first_days: new Map() }
}

export function openAccountRecord(together: OwnRecord, name: string): AccountRecord {
  const matured = new MaturedDays(KINDS.length, 2 * LAG_DAYS)
  return { name, together, matured, labeller: openLabeller(), waiting: [], last_day: Number.NEGATIVE_INFINITY }
}

/**
 * What the shipped model said of an account's creatives on a day, corrected by what became of forecasts before: a shift
 * and a slope of log odds for each level and horizon, learnt from other accounts of the installation first and from the
 * account's own then. Where that has been worse than the shipped model so far, the shipped chances stay.
 *
 * What has become of creatives is taken from results as they were known on each day (`labels.ts`), so a forecast reads
 * nothing that came later; of other accounts only what is {@link LAG_DAYS} old, for their days do not end together.
 *
 * The interval is that of a share: of all days of the account's creatives within a quarter, as many are followed by an
 * onset as the bounds of their chances add up to, in 80 % of quarters. It holds how little is known of the account, and
 * that an onset is an accident.
 *
 * @param rows of the day, in ascending order of days; `said` of the same creatives in the same order
 */
export function correct(
  account: AccountRecord,
  model: FatigueModel,
  rows: readonly CreativeDay[],
  said: readonly Forecast[],
): Forecast[] {
  const day = rows[0]!.day
  labelDay(account.labeller, rows)
  mature(account, day)
  const all = account.together.matured.upTo(day - LAG_DAYS)
  const [lagged, own] = [account.matured.upTo(day - LAG_DAYS), account.matured.upTo(day)]
  const others = all.map((sum, i) => sum - lagged[i]!)
  const known = [...account.together.first_days]
  const accounts = known.filter(([name, first]) => name !== account.name && first <= day - LAG_DAYS).length
  const chances = KINDS.map(({ h, horizon_days, level }, kind) => {
    const between = model.levels[level].spread[h]!
    const installation = recalibrate(INSTALLATION, binsOf(others, kind))
    const fit = recalibrate(priorOf(installation, between, accounts), binsOf(own, kind))
    return { own: chancesOf(fit, said.map(shippedOf(kind)), horizon_days), is_served: ownIsNoWorse(all, kind) }
  })
  return said.map((forecast, i) => {
    if (forecast.kind === 'insufficient') return forecast
    account.waiting.push({
      day,
      creative: rows[i]!.creative,
      log_odds: KINDS.map((_, kind) => logit(shippedOf(kind)(forecast)!)),
      own: chances.map(({ own: of_kind }) => of_kind[i]!.p),
    })
    const [l7, l14, f7, f14] = chances.map(({ is_served, own: of_kind }, kind) => {
      return is_served ? of_kind[i]! : chanceAt(forecast, kind)
    }) as [Chance, Chance, Chance, Chance]
    return ordered({
      limited: { ...forecast.levels.limited, p7: l7, p14: l14 },
      fatigued: { ...forecast.levels.fatigued, p7: f7, p14: f14 },
    })
  })
}

/** How installations differ from what a model was shipped with, nobody knows before the first one has told: widely. */
const INSTALLATION: Recalibration = { shift: 0, slope: 1, covariance: [1, 0, 0.09] }
/** … and how slopes of accounts differ from each other: a tenth. */
const SLOPE_BETWEEN = 0.01
/** Days of accounts end within 26 hours of each other, and their reports may be a day late. */
const LAG_DAYS = 3
const KEPT_DAYS = 40
const QUARTER_DAYS = 91
/** Of fewer expected onsets nothing can be said that is narrower. */
const ONSETS_LEAST = 0.3

/** An account lies about the mean of the others, which is the less sure the fewer they are. */
function priorOf({ covariance: [a, b, c], shift, slope }: Recalibration, between: number, accounts: number) {
  const more = 1 + 1 / Math.max(1, accounts)
  return { shift, slope, covariance: [a + between ** 2 * more, b, c + SLOPE_BETWEEN * more] as const }
}

function chancesOf(fit: Recalibration, shipped: readonly (number | null)[], horizon_days: number): Chance[] {
  const log_odds = shipped.map((chance) => logit(chance ?? 0))
  const chances = log_odds.map((of) => chanceOf(recalibrated(fit, of)))
  const expected = chances.reduce((sum, chance, i) => (shipped[i] === null ? sum : sum + chance), 0)
  // Each onset lies ahead of as many days as the horizon has.
  const onsets = Math.max(ONSETS_LEAST, (expected * QUARTER_DAYS) / horizon_days)
  return log_odds.map((of, i) => {
    const at = recalibrated(fit, of)
    const off = NORMAL_90 * Math.sqrt(varianceAt(fit, of) + 1 / onsets)
    return { p: chances[i]!, low: chanceOf(at - off), high: chanceOf(at + off) }
  })
}

/** Forecasts whose days are over, by what has become of their creatives; those of which nobody can know are dropped. */
function mature(account: AccountRecord, day: number): void {
  const { labeller, last_day, matured, name, together, waiting } = account
  for (const { creative, day: origin, log_odds, own } of waiting) {
    const label = labelNow(labeller, creative)!
    for (const [kind, { horizon_days, level }] of KINDS.entries()) {
      // Each horizon matures on its own day; a day without reports is made up for on the next one.
      if (origin + horizon_days > day || origin + horizon_days <= last_day) continue
      const came = cameWithin(label, level, origin, horizon_days)
      if (came === null) continue
      const shipped = chanceOf(log_odds[kind]!)
      const errors = { own: (own[kind]! - came) ** 2, shipped: (shipped - came) ** 2 }
      // An onset is seen by as many days as the horizon has, and counts once.
      const chance = { log_odds: log_odds[kind]!, came, weight: 1 / horizon_days, errors }
      matured.add(day, kind, chance)
      together.matured.add(day, kind, chance)
      if (!together.first_days.has(name)) together.first_days.set(name, day)
    }
  }
  account.waiting = waiting.filter((one) => one.day + HORIZONS.at(-1)! > day)
  account.last_day = day
}

function shippedOf(kind: number) {
  return (forecast: Forecast): number | null => (forecast.kind === 'insufficient' ? null : chanceAt(forecast, kind).p)
}

function chanceAt({ levels }: Extract<Forecast, { kind: 'forecast' }>, kind: number): Chance {
  const { h, level } = KINDS[kind]!
  return h === 0 ? levels[level].p7 : levels[level].p14
}

function chanceOf(log_odds: number): number {
  return 1 / (1 + Math.exp(-log_odds))
}
