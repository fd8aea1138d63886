import { type ModelRecord, modelRecord, type ScoreSums } from '../../models/evaluation/model-record.ts'
import type { RequestOptions, Store } from '../store/client.ts'
import { type ForecastFilter, forecastCondition } from './read.ts'

/**
 * Scores of the newest revisions added up by any of their columns.
 *
 * @param by columns of `forecast_scores`; none for one sum over all
 * @throws StoreError
 */
export async function sumScores(
  store: Store,
  filter: ForecastFilter,
  by: readonly ScoreColumn[],
  request?: RequestOptions,
): Promise<ScoreSum[]> {
  const { where, params } = forecastCondition(filter)
  const keys = by.map((name) => `key_${name}`)
  const grouping = keys.length > 0 ? `GROUP BY ${keys} ORDER BY ${keys}` : ''
  const sums = Object.entries(SUMS).map(([name, sql]) => `${sql} AS sum_${name}`)
  const rows = await store.query<Record<string, string | number>>(
    `SELECT ${[...by.map((name) => `toString(${name}) AS key_${name}`), ...sums]}
     FROM (${newestScores(where)}) ${grouping} LIMIT ${GROUPS_MAX}`,
    params,
    request,
  )
  return rows.map((row) => ({
    key: Object.fromEntries(by.map((name) => [name, String(row[`key_${name}`])])),
    record: modelRecord(sumsOf(row)),
  }))
}

/** The record of those scores that have the same `key`: the columns asked for, as text. */
export type ScoreSum = { readonly key: Readonly<Record<string, string>>; readonly record: ModelRecord }

/** The newest revision of each score that the condition lets through. */
export function newestScores(where: string): string {
  return `SELECT * FROM forecast_scores FINAL WHERE ${where}
    ORDER BY model, entity_kind, scope, currency, origin, edition, horizon_days, entity, metric, revision DESC
    LIMIT 1 BY model, entity_kind, scope, currency, origin, edition, horizon_days, entity, metric`
}

export type ScoreColumn = 'model' | 'scope' | 'currency' | 'entity_kind' | 'metric' | 'horizon_days' | 'origin'

const GROUPS_MAX = 10_000

const SUMS: { readonly [K in keyof ScoreSums]: string } = {
  matured: 'count()',
  score: 'sum(score)',
  compared: 'count(naive_score)',
  compared_score: 'sumIf(score, naive_score IS NOT NULL)',
  naive_score: 'sum(naive_score)',
  intervals: 'count(covered_80)',
  covered_80: 'sum(covered_80)',
  covered_90: 'sum(covered_90)',
  ratios: 'count(log_ratio)',
  log_ratio: 'sum(log_ratio)',
  log_ratio_squares: 'sum(log_ratio * log_ratio)',
}

/** Sums over no row at all are null. */
function sumsOf(row: Readonly<Record<string, unknown>>): ScoreSums {
  const names = Object.keys(SUMS) as (keyof ScoreSums)[]
  return Object.fromEntries(names.map((name) => [name, Number(row[`sum_${name}`] ?? 0)])) as ScoreSums
}
