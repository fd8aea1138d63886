/** How well chances rank and state outcomes (0 or 1). Null where all outcomes are the same. */
export function scoreChances(chances: readonly number[], outcomes: readonly number[]) {
  const count = chances.length
  const order = Uint32Array.from(chances, (_, i) => i).sort((a, b) => chances[a]! - chances[b]!)
  const positives = outcomes.reduce((sum, outcome) => sum + outcome, 0)
  if (positives === 0 || positives === count) return { auc: null, brier_skill: null, ece: null }
  const base = positives / count
  let squares = 0
  for (let i = 0; i < count; i++) squares += (chances[i]! - outcomes[i]!) ** 2
  return {
    auc: auc(chances, outcomes, order, positives),
    brier_skill: 1 - squares / count / (base * (1 - base)),
    ece: calibrationError(chances, outcomes, order),
  }
}

/** Mann and Whitney's statistic with mean ranks for ties. */
function auc(chances: readonly number[], outcomes: readonly number[], order: Uint32Array, positives: number): number {
  let rank_sum = 0
  for (let start = 0; start < order.length; ) {
    let end = start + 1
    while (end < order.length && chances[order[end]!] === chances[order[start]!]) end++
    for (let i = start; i < end; i++) if (outcomes[order[i]!] === 1) rank_sum += (start + end + 1) / 2
    start = end
  }
  return (rank_sum - (positives * (positives + 1)) / 2) / (positives * (order.length - positives))
}

const BINS = 10

/** Expected calibration error on bins of equal mass. */
function calibrationError(chances: readonly number[], outcomes: readonly number[], order: Uint32Array): number {
  let error = 0
  for (let bin = 0; bin < BINS; bin++) {
    const start = Math.floor((bin * order.length) / BINS)
    const end = Math.floor(((bin + 1) * order.length) / BINS)
    let off = 0
    for (let i = start; i < end; i++) off += chances[order[i]!]! - outcomes[order[i]!]!
    error += Math.abs(off) / order.length
  }
  return error
}
