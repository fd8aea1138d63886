import { binned, calibrationTable } from '../../models/evaluation/calibration.ts'
import { modelRecord, type ScoreSums } from '../../models/evaluation/model-record.ts'
import type { Score } from '../../models/evaluation/score.ts'
import { QUANTILE_LEVELS } from '../../schemas/forecasts.ts'

/** One line of the table: a model, what it forecasts, how far ahead. Null where nothing has matured that would tell. */
export type Row = {
  readonly model: string
  readonly of: string
  readonly horizon_days: number
  readonly forecasts: number
  readonly matured: number
  /** Share of the 80 % intervals that held; of what is said in `intervals`. */
  readonly coverage_80: number | null
  readonly intervals: number
  /** Probabilities: mean of |promised − came| over ten bins. Amounts: mean of |share below − level| over five quantiles. */
  readonly calibration_error: number | null
  readonly skill: number | null
}

/** A forecast that has matured, with what it was. */
export type Matured = { readonly score: Score; readonly quantiles: readonly number[] | null }

/** Whether intervals held that are not those of single forecasts. */
export type Held = { readonly asked: number; readonly held: number }

/**
 * The record of forecasts as the engine adds it up (`modelRecord`), in one line.
 *
 * @param forecasts how many were made, matured or not
 * @param together intervals that hold for many forecasts together; without, each has its own
 */
export function rowOf(
  of: Pick<Row, 'model' | 'of' | 'horizon_days'>,
  forecasts: number,
  matured: readonly Matured[],
  together?: Held,
): Row {
  const record = modelRecord(sumsOf(matured.map(({ score }) => score)))
  const shares = together === undefined ? record.coverage_80 : shareOf(together)
  return {
    ...of,
    forecasts,
    matured: matured.length,
    coverage_80: rounded(shares),
    intervals: together?.asked ?? matured.length,
    calibration_error: rounded(calibrationError(matured)),
    skill: rounded(record.skill),
  }
}

/** The rows as lines of text of equal width, the names of the columns first. */
export function linesOf(rows: readonly Row[]): string[] {
  const names = Object.keys(rows[0] ?? {}) as (keyof Row)[]
  const cells = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '–')))]
  const widths = names.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)))
  return cells.map((line) => line.map((cell, i) => cell.padEnd(widths[i]!)).join('  '))
}

function sumsOf(scores: readonly Score[]): ScoreSums {
  const sums = { ...NO_SUMS }
  for (const { covered_80, covered_90, log_ratio, naive_score, score } of scores) {
    sums.matured++
    sums.score += score
    if (naive_score !== null) {
      sums.compared++
      sums.compared_score += score
      sums.naive_score += naive_score
    }
    if (covered_80 !== null) {
      sums.intervals++
      sums.covered_80 += covered_80 ? 1 : 0
      sums.covered_90 += covered_90 ? 1 : 0
    }
    if (log_ratio !== null) {
      sums.ratios++
      sums.log_ratio += log_ratio
      sums.log_ratio_squares += log_ratio * log_ratio
    }
  }
  return sums
}

const NO_SUMS = {
  ...{ matured: 0, score: 0, compared: 0, compared_score: 0, naive_score: 0, intervals: 0, covered_80: 0 },
  ...{ covered_90: 0, ratios: 0, log_ratio: 0, log_ratio_squares: 0 },
}

function calibrationError(matured: readonly Matured[]): number | null {
  const outcomes = matured.flatMap(({ score }) => {
    return score.probability === null ? [] : [{ probability: score.probability, actual: score.actual }]
  })
  if (outcomes.length > 0) return calibrationTable(binned(outcomes)).ece
  if (matured.length === 0) return null
  const off = QUANTILE_LEVELS.map((level, i) => {
    const below = matured.filter(({ quantiles, score }) => score.actual <= quantiles![i]!).length
    return Math.abs(below / matured.length - level)
  })
  return off.reduce((sum, one) => sum + one, 0) / off.length
}

function shareOf({ asked, held }: Held): number | null {
  return asked === 0 ? null : held / asked
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(4))
}
