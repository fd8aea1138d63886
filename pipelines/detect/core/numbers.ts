/** As many digits as mean something: a last bit that differs between machines must not make another alert of it. */
export function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}

/** A quantity as decimal text, without an exponent, without zeros that say nothing. */
export function decimalText(value: number, digits: number): string {
  const text = value.toFixed(digits)
  const plain = text.includes('.') ? text.replace(/\.?0+$/, '') : text
  return plain === '-0' ? '0' : plain
}
