/** Sums over scored forecasts, the newest revision of each: what a store can add up. */
export type ScoreSums = {
  readonly matured: number
  readonly score: number
  /** Over forecasts that have a naive one beside them, of both: skill compares like with like. */
  readonly compared: number
  readonly compared_score: number
  readonly naive_score: number
  /** Of those with an interval. */
  readonly intervals: number
  readonly covered_80: number
  readonly covered_90: number
  readonly ratios: number
  readonly log_ratio: number
  readonly log_ratio_squares: number
}

/** How a model has done; what goes with every forecast of it. Null where nothing has matured that would tell. */
export type ModelRecord = {
  readonly matured: number
  readonly score: number | null
  /** 1 − score / naive score: 1 is perfect, 0 as good as the naive model, below 0 worse. */
  readonly skill: number | null
  /** Share of truths within the interval from q10 to q90: 0.8 is what it promises. */
  readonly coverage_80: number | null
  readonly coverage_90: number | null
  /** Of ln(actual / forecast): how far off the level is, and how much it scatters. */
  readonly log_ratio_mean: number | null
  readonly log_ratio_sd: number | null
}

export function modelRecord(sums: ScoreSums): ModelRecord {
  const per = (sum: number, count: number) => (count > 0 ? sum / count : null)
  const mean = per(sums.log_ratio, sums.ratios)
  return {
    matured: sums.matured,
    score: per(sums.score, sums.matured),
    skill: skillOf(sums.compared_score, sums.naive_score),
    coverage_80: per(sums.covered_80, sums.intervals),
    coverage_90: per(sums.covered_90, sums.intervals),
    log_ratio_mean: mean,
    log_ratio_sd:
      mean === null || sums.ratios < 2
        ? null
        : Math.sqrt(Math.max(0, sums.log_ratio_squares - sums.ratios * mean * mean) / (sums.ratios - 1)),
  }
}

/** A naive model that was never wrong leaves nothing to be better at. */
function skillOf(score: number, naive_score: number): number | null {
  return naive_score > 0 ? 1 - score / naive_score : null
}
