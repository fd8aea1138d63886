import { QUANTILE_LEVELS, type Quantiles, type ScoreRecord } from '../../schemas/forecasts.ts'

/** What is scored of a forecast: quantiles of an amount with their mean, or the probability of an event. */
export type Scorable = {
  readonly mean: number | null
  readonly quantiles: Quantiles | null
  readonly probability: number | null
  /** Of the naive model: five quantiles, one probability, or nothing. */
  readonly naive: readonly number[]
}

export type Score = Pick<
  ScoreRecord,
  'rule' | 'score' | 'naive_score' | 'covered_80' | 'covered_90' | 'log_ratio' | 'actual' | 'probability'
>

/**
 * Scores a forecast by its truth. Both rules are proper: nobody gains by saying something else than what they believe
 * (Gneiting and Raftery 2007).
 *
 * @param actual an amount, or 1 where the event came and 0 where it did not
 * @throws RangeError for a forecast that says nothing, or a truth that is no number
 */
export function scoreOf(forecast: Scorable, actual: number): Score {
  if (!Number.isFinite(actual)) throw new RangeError(`the truth of a forecast is a number, not ${actual}`)
  const { naive, probability, quantiles } = forecast
  if (probability !== null) {
    return {
      actual,
      probability,
      rule: 'brier',
      score: brier(probability, actual),
      naive_score: naive.length === 1 ? brier(naive[0]!, actual) : null,
      covered_80: null,
      covered_90: null,
      log_ratio: null,
    }
  }
  if (quantiles === null) throw new RangeError('a forecast has quantiles or a probability')
  const { q05, q10, q50, q90, q95 } = quantiles
  return {
    actual,
    probability,
    rule: 'pinball',
    score: quantileScore([q05, q10, q50, q90, q95], actual),
    naive_score: naive.length === QUANTILE_LEVELS.length ? quantileScore(naive, actual) : null,
    covered_80: q10 <= actual && actual <= q90,
    covered_90: q05 <= actual && actual <= q95,
    log_ratio: lnRatio(actual, forecast.mean),
  }
}

/** Squared error of a probability (Brier 1950). */
export function brier(probability: number, actual: number): number {
  return (probability - actual) ** 2
}

/**
 * Twice the mean pinball loss over {@link QUANTILE_LEVELS}: with more and more levels it becomes the continuous ranked
 * probability score (Laio and Tamea 2007). In units of what is forecast; of a forecast that is one number at all levels
 * it is the absolute error, as CRPS is.
 */
export function quantileScore(quantiles: readonly number[], actual: number): number {
  let loss = 0
  QUANTILE_LEVELS.forEach((level, i) => {
    const over = actual - quantiles[i]!
    loss += over >= 0 ? level * over : (level - 1) * over
  })
  return (2 * loss) / QUANTILE_LEVELS.length
}

function lnRatio(actual: number, mean: number | null): number | null {
  return mean !== null && mean > 0 && actual > 0 ? Math.log(actual / mean) : null
}
