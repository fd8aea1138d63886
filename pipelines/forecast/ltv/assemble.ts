import { type Drift, driftOf, type GroupPast, type Payback, paybackOf } from '../../../models/ltv/past.ts'
import type { Insufficient } from '../../../models/ltv/sufficient.ts'
import { type EntityKind, type ForecastRecord, maturesAt, type Quantiles } from '../../../schemas/forecasts.ts'
import { formatDay } from '../../../schemas/zone.ts'
import type { ShopAsOf } from './facts.ts'
import { CUSTOMER_FIELDS, type FitAnswer, type FittedHorizon, type FittedSum } from './fit/message.ts'
import type { WeekSpend } from './spend.ts'

/** Days ahead. */
export const LTV_HORIZONS = [30, 90, 365] as const
export const LTV_METRIC = 'value_micros'

/** What all records of one forecast of a shop have in common. */
export type Made = ShopAsOf & {
  readonly model: string
  readonly edition: number
  readonly watermark_ms: number
  readonly features_hash: bigint
  /** Orders that it was made from: many more by the same origin ask for another edition. */
  readonly orders: number
}

/** What is written beside the forecast of a group; money in whole micros. Null is not known. */
export type GroupDetails = {
  readonly customers: number
  /** Brought up to the origin. */
  readonly value_to_date_micros: number
  /** Spent to win them, and that for each. */
  readonly spend_micros: number | null
  readonly cac_micros: number | null
  readonly payback: Payback | null
  /** Of a weekly cohort against those before it; its means are money too. */
  readonly drift: Drift | null
}

/**
 * The records of a forecast in the order in which they are written: the shop's own come last, and say that all are there.
 *
 * @param ids of the customers that the transactions were of, by place
 */
export function* assemble(
  made: Made,
  ids: readonly string[],
  answer: FitAnswer,
  spend: readonly WeekSpend[],
): Generator<ForecastRecord[]> {
  if ('insufficient' in answer) {
    yield LTV_HORIZONS.map((horizon_days) => insufficientRecord(made, horizon_days, answer))
    return
  }
  const costs = costsOf(answer.past, spend)
  const whole = answer.horizons.flatMap((horizon) => groupRecords(made, horizon, answer, costs))
  yield whole
  for (const horizon of answer.horizons) yield* customerRecords(made, horizon, answer.places, ids)
  yield answer.horizons.map((horizon) =>
    sumRecord(made, horizon.horizon_days, 'shop', made.source, horizon.total, {
      customers: horizon.total.customers,
      orders: made.orders,
      fitted: answer.fitted,
    }),
  )
}

function base(made: Made, horizon_days: number, entity_kind: EntityKind, entity: string) {
  const { currency, edition, features_hash, model, source, tenant, until, watermark_ms } = made
  const matures_ms = maturesAt(until, horizon_days, 'shop')
  return {
    ...{ tenant, model, scope: source, currency, origin: until, horizon_days, edition, entity_kind, entity },
    ...{ metric: LTV_METRIC, watermark_ms, matures_ms, features_hash, probability: null },
  }
}

function insufficientRecord(made: Made, horizon_days: number, { insufficient }: Insufficient): ForecastRecord {
  const details = JSON.stringify({ orders: made.orders, insufficient })
  return { ...base(made, horizon_days, 'shop', made.source), mean: null, quantiles: null, naive: [], details }
}

function sumRecord(
  made: Made,
  horizon_days: number,
  kind: EntityKind,
  entity: string,
  { mean, naive, quantiles }: FittedSum,
  details: object,
): ForecastRecord {
  return {
    ...base(made, horizon_days, kind, entity),
    mean: micros(mean),
    quantiles: scaled(quantiles),
    naive: naive === null ? [] : QUANTILES.map(() => micros(naive)),
    details: JSON.stringify(details),
  }
}

function groupRecords(
  made: Made,
  { groups, horizon_days }: FittedHorizon,
  answer: Exclude<FitAnswer, Insufficient>,
  costs: ReadonlyMap<string, number>,
): ForecastRecord[] {
  const expected = (name: string) =>
    answer.horizons.map((horizon) => ({
      days: horizon.horizon_days,
      value: horizon.groups.find(([other]) => other === name)?.[1].mean ?? 0,
    }))
  const cohorts = groups.map(([name]) => name).filter((name) => name.startsWith('cohort\0'))
  const in_order = cohorts.toSorted((a, b) => weekOf(a) - weekOf(b))
  return groups.map(([name, sum]) => {
    const past = answer.past.get(name)!
    const [kind, entity] = entityOf(name)
    const at = in_order.indexOf(name)
    const drift =
      at < 0
        ? null
        : driftOf(
            past,
            in_order.slice(0, at).map((other) => answer.past.get(other)!),
          )
    const cost = costs.get(name)
    const details: GroupDetails = {
      customers: sum.customers,
      value_to_date_micros: micros(past.value),
      spend_micros: cost === undefined ? null : micros(cost),
      cac_micros: cost === undefined ? null : micros(cost / sum.customers),
      payback: cost === undefined || cost === 0 ? null : paybackOf(past, cost / sum.customers, expected(name)),
      drift: drift === null ? null : { ...drift, mean: micros(drift.mean), earlier_mean: micros(drift.earlier_mean) },
    }
    return sumRecord(made, horizon_days, kind, entity, sum, details)
  })
}

/** As many records of customers at a time are objects. */
const CUSTOMERS_AT_A_TIME = 10_000

function* customerRecords(
  made: Made,
  { customers, horizon_days }: FittedHorizon,
  places: Int32Array,
  ids: readonly string[],
): Generator<ForecastRecord[]> {
  const width = CUSTOMER_FIELDS.length
  const count = customers.length / width
  const recordAt = (place: number): ForecastRecord => {
    const numbers = customers.subarray(place * width, (place + 1) * width)
    const [p_alive, orders, mean, q05, q10, q50, q90, q95, naive] = numbers as unknown as readonly [
      ...[number, number, number, number, number, number, number, number, number],
    ]
    return {
      ...base(made, horizon_days, 'customer', ids[places[place]!]!),
      mean: micros(mean),
      quantiles: scaled({ q05, q10, q50, q90, q95 }),
      naive: Number.isNaN(naive) ? [] : QUANTILES.map(() => micros(naive)),
      details: `{"p_alive":${short(p_alive)},"orders_mean":${short(orders)}}`,
    }
  }
  for (let from = 0; from < count; from += CUSTOMERS_AT_A_TIME) {
    yield Array.from({ length: Math.min(CUSTOMERS_AT_A_TIME, count - from) }, (_, k) => recordAt(from + k))
  }
}

/** What was spent to win the customers of each group; a group that no spend is known of is not in it. */
function costsOf(past: ReadonlyMap<string, GroupPast>, spend: readonly WeekSpend[]): Map<string, number> {
  const weeks = new Set([...past.keys()].filter((name) => name.startsWith('cohort\0')).map(weekOf))
  const costs = new Map<string, number>()
  for (const { campaign, monday, platform, spend: cost } of spend) {
    // Before the shop's first order, or after its last, nobody was won.
    if (!weeks.has(monday)) continue
    const names = [`cohort\0${monday}`, `channel\0${platform}`, `campaign\0${platform}/${campaign}`]
    for (const name of names) if (past.has(name)) costs.set(name, (costs.get(name) ?? 0) + cost)
  }
  return costs
}

function weekOf(cohort: string): number {
  return Number(cohort.slice(cohort.indexOf('\0') + 1))
}

function entityOf(name: string): readonly [EntityKind, string] {
  const [kind, entity] = name.split('\0') as [EntityKind, string]
  return [kind, kind === 'cohort' ? formatDay(Number(entity)) : entity]
}

const QUANTILES = ['q05', 'q10', 'q50', 'q90', 'q95'] as const

function scaled({ q05, q10, q50, q90, q95 }: Quantiles): Quantiles {
  return { q05: micros(q05), q10: micros(q10), q50: micros(q50), q90: micros(q90), q95: micros(q95) }
}

/** Whole micros: an expectation has no more digits that mean anything. */
function micros(value: number): number {
  return Math.round(value * 1e6)
}

function short(value: number): number {
  return Number(value.toPrecision(9))
}
