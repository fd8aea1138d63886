/** Knuth's multiplicative hash: spreads a counter over 31 bits. The same number draws the same value for ever. */
export function mixed(i: number): number {
  const h = Math.imul(i ^ (i >>> 15), 0x9e3779b1)
  return (h ^ (h >>> 13)) >>> 1
}

/** Cents as decimal text. */
export function money(cents: number): string {
  const whole = Math.floor(cents / 100)
  const rest = cents % 100
  return `${whole}.${rest < 10 ? '0' : ''}${rest}`
}
