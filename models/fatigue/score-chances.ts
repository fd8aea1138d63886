/** Mean negative log likelihood of outcomes (0 or 1) under forecast chances. Lower is better. */
export function logLoss(chances: ArrayLike<number>, outcomes: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < chances.length; i++) {
    const chance = Math.min(1 - 1e-6, Math.max(1e-6, chances[i]!))
    sum -= outcomes[i] === 1 ? Math.log(chance) : Math.log(1 - chance)
  }
  return sum / chances.length
}
