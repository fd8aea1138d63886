import type { Store } from '../../pipelines/store/client.ts'
import { type FatigueQuestion, GRADES, type HistoryQuestion } from './request.ts'

/** What was said of one creative at the end of one day: its forecasts as they were written. */
export type CreativeDayForecasts = {
  readonly scope: string
  readonly creative: string
  readonly currency: string
  /** Days since 1970, local to the account. */
  readonly day: number
  readonly watermark_ms: number
  readonly forecasts: readonly {
    readonly metric: string
    readonly horizon_days: number
    readonly probability: number
    readonly details: string
  }[]
}

/**
 * The newest day of each creative that ran in the week before the newest day of all, the most pressing first: by money at
 * stake within a currency (amounts of two are not compared), or by chance.
 *
 * @throws StoreError
 */
export async function readFatigue(
  store: Store,
  tenant: string,
  question: FatigueQuestion,
  signal: AbortSignal,
): Promise<CreativeDayForecasts[]> {
  const { grade, limit, order } = question
  const { params, where } = placeOf(tenant, question)
  const by = order === 'money' ? 'currency, money DESC, chance DESC' : 'chance DESC, money DESC'
  const sql = `
    SELECT ${COLUMNS} FROM (
      SELECT ${GROUPED},
        max(JSONExtractFloat(details, 'outlook', 'money', 'mean')) AS money,
        max(indexOf({grades:Array(String)}, JSONExtractString(details, 'grade'))) AS grade
      FROM forecasts FINAL
      WHERE ${where} AND origin > (SELECT max(origin) FROM forecasts WHERE ${where}) - 7
      GROUP BY scope, entity, currency, origin
      ORDER BY origin DESC LIMIT 1 BY scope, entity)
    WHERE grade >= indexOf({grades:Array(String)}, {grade:String})
    ORDER BY ${by}, scope, entity LIMIT {limit:UInt32}`
  return read(store, sql, { ...params, grades: GRADES, grade, limit }, signal)
}

/**
 * What was said of one creative day by day, the newest first.
 *
 * @throws StoreError
 */
export async function readHistory(
  store: Store,
  tenant: string,
  creative: string,
  question: HistoryQuestion,
  signal: AbortSignal,
): Promise<CreativeDayForecasts[]> {
  const { params, where } = placeOf(tenant, { ...question, creative })
  const sql = `
    SELECT ${COLUMNS} FROM (
      SELECT ${GROUPED} FROM forecasts FINAL
      WHERE ${where} AND origin > (SELECT max(origin) FROM forecasts WHERE ${where}) - {days:UInt16}
      GROUP BY scope, entity, currency, origin)
    ORDER BY scope, origin DESC, currency`
  return read(store, sql, { ...params, days: question.days }, signal)
}

const GROUPED = `scope, entity, currency, origin, max(watermark) AS at, max(probability) AS chance,
        groupArray((metric, horizon_days, probability, details)) AS said`
const COLUMNS = 'scope, entity, currency, toUInt16(origin), toUnixTimestamp64Milli(at), said'

type Row = readonly [
  scope: string,
  entity: string,
  currency: string,
  origin: number,
  at: string,
  said: readonly (readonly [string, number, number, string])[],
]

async function read(
  store: Store,
  sql: string,
  params: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<CreativeDayForecasts[]> {
  const rows = await store.query<Row>(sql, params, {
    signal,
    format: 'JSONCompactEachRow',
    settings: { max_execution_time: 10 },
  })
  return rows.map(([scope, creative, currency, day, at, said]) => ({
    scope,
    creative,
    currency,
    day,
    watermark_ms: Number(at),
    forecasts: said.map(([metric, horizon_days, probability, details]) => ({
      metric,
      horizon_days,
      probability,
      details,
    })),
  }))
}

function placeOf(
  tenant: string,
  {
    account,
    creative,
    platform,
  }: {
    readonly platform?: string | undefined
    readonly account?: string | undefined
    readonly creative?: string | undefined
  },
) {
  const where = ["tenant = {tenant:String} AND startsWith(model, 'fatigue@') AND entity_kind = 'creative'"]
  if (platform !== undefined) where.push("startsWith(scope, {platform:String} || '/')")
  // A platform's name has no slash: the account is what comes behind the first one.
  if (account !== undefined) where.push("substring(scope, position(scope, '/') + 1) = {account:String}")
  if (creative !== undefined) where.push('entity = {creative:String}')
  return { where: where.join(' AND '), params: { tenant, platform, account, creative } }
}
