import type { RequestOptions, Store } from '../../pipelines/store/client.ts'
import { StoreError } from '../../pipelines/store/errors.ts'
import { type Binder, binder, type Statement } from '../metrics/binder.ts'
import { knownAt, rangeConditions } from '../metrics/group.ts'
import type { Range } from '../metrics/times.ts'
import { ApiError } from '../problem.ts'
import type { Cause, Family, Touched } from './causes.ts'

export type Since = {
  readonly tenant: string
  readonly since_ms: number
  readonly live_sources: readonly string[]
  /** Days of the answer. */
  readonly range: Range
}

/** Things that were observed anew since T, at most: all their observations are compared in the store's memory. */
export const OBSERVATIONS_MAX = 2_000_000
/** Combinations of day, platform, currency and cause. */
export const PLACES_MAX = 100_000

/**
 * Reads what came since T: of each thing its newest observation then and now, and where both stand.
 *
 * @throws ApiError `too_many_rows`, with the limit; StoreError
 */
export async function readTouched(store: Store, since: Since, request: RequestOptions): Promise<Touched[]> {
  const { params, sql } = touchedStatement(since)
  const rows = await store
    .query<[Family, number, string, string, Cause, string]>(sql, params, {
      ...request,
      settings: { ...request.settings, max_rows_in_set: OBSERVATIONS_MAX, set_overflow_mode: 'throw' },
      format: 'JSONCompactEachRow',
    })
    .catch((error: unknown) => {
      if (error instanceof StoreError && error.code === SET_SIZE_LIMIT_EXCEEDED)
        throw new ApiError(
          'too_many_rows',
          `more than ${OBSERVATIONS_MAX} things were observed since then: ask for a later \`since\``,
          { path: 'since', cause: error, more: { observations_max: OBSERVATIONS_MAX } },
        )
      throw error
    })
  if (rows.length > PLACES_MAX)
    throw new ApiError('too_many_rows', `more than ${PLACES_MAX} numbers have changed: ask for fewer days`, {
      more: { rows_at_least: rows.length, rows_max: PLACES_MAX },
    })
  return rows.map(([family, day, platform, currency, cause, facts]) => ({
    family,
    day,
    platform,
    currency,
    cause,
    facts: Number(facts),
  }))
}

/** Pure: the statement that {@link readTouched} asks. */
export function touchedStatement(since: Since): Statement {
  const { bind, statement } = binder()
  const parts = KINDS.map((kind) => part(kind, since, bind))
  return statement(`${parts.join(' UNION ALL ')} LIMIT ${PLACES_MAX + 1}`)
}

type Kind = {
  readonly family: Family
  readonly table: string
  /** Columns of which one has changed where a number has, behind day, platform and currency. */
  readonly values: readonly string[]
  /** Cause, as SQL over the tuples `was` and `is` and the flags `had` and `late`. */
  readonly cause: string
}

const FIRST = `if(late, 'late_delivery', 'new')`
const KINDS: readonly Kind[] = [
  {
    family: 'delivery',
    table: 'fact_delivery',
    values: ['impressions', 'clicks', 'spend_micros', 'conversions_micros', 'claimed_micros', 'video_views'],
    cause: `if(had, 'restatement', ${FIRST})`,
  },
  {
    family: 'orders',
    table: 'fact_orders',
    values: ['total_micros', 'test', 'toString(status)'],
    cause: `multiIf(NOT had, ${FIRST}, is.6 IN ('cancelled', 'voided') AND was.6 != is.6, 'cancellation', 'edit')`,
  },
  {
    family: 'refunds',
    table: 'fact_refunds',
    values: ['amount_micros', 'test', 'success', 'toString(kind)'],
    cause: `if(had, 'edit', 'refund')`,
  },
]

function part({ cause, family, table, values }: Kind, since: Since, bind: Binder['bind']): string {
  const tenant = `tenant = ${bind(since.tenant, 'String')}`
  const known = knownAt(since.since_ms, since.live_sources, bind)
  const state = `(day, toString(platform), toString(currency), ${values.join(', ')})`
  const at = '(occurred_at, _offset)'
  // A local day is over everywhere twelve hours after its end in UTC.
  const over = `toInt64(toUnixTimestamp(toDateTime(is.1, 'UTC'))) * 1000 + ${36 * HOUR_MS} <= ${bind(since.since_ms, 'Int64')}`
  const observed = `toUnixTimestamp64Milli(first) <= ${bind(since.since_ms, 'Int64')}`
  const days = rangeConditions({ ...EVERYTHING, tenant: since.tenant, range: since.range }, bind)
  const states = [
    `SELECT id_hash, argMax(${state}, ${at}) AS is, argMaxIf(${state}, ${at}, ${known}) AS was,`,
    `countIf(${known}) > 0 AS had, min(occurred_at) AS first FROM ${table}`,
    `WHERE ${tenant} AND id_hash IN (SELECT id_hash FROM ${table} WHERE ${tenant} AND NOT ${known}) GROUP BY id_hash`,
  ].join(' ')
  const places = `if(had, [(was.1, was.2, was.3), (is.1, is.2, is.3)], [(is.1, is.2, is.3)])`
  const moved = [
    `SELECT arrayJoin(arrayDistinct(${places})) AS place, place.1 AS day, (${over} OR ${observed}) AS late, ${cause} AS cause`,
    `FROM (${states}) WHERE NOT had OR was != is`,
  ].join(' ')
  return [
    `SELECT '${family}' AS family, toUInt32(day) AS day_number, place.2 AS platform, place.3 AS currency, cause, count() AS facts`,
    `FROM (${moved})${days.length === 0 ? '' : ` WHERE ${days.join(' AND ')}`}`,
    'GROUP BY day_number, platform, currency, cause',
  ].join(' ')
}

const EVERYTHING = { shift: undefined, time_zone: undefined, hourly: false, filters: [], as_of_ms: undefined }
const HOUR_MS = 3_600_000
/** ClickHouse's number. */
const SET_SIZE_LIMIT_EXCEEDED = 191
