/** Exact arithmetic for answers: integers in, text out, nothing rounded but the last shown digit. */

/** a / b to the nearest integer, ties to even. `b` is not zero. */
export function divideHalfEven(a: bigint, b: bigint): bigint {
  if (b < 0n) return divideHalfEven(-a, -b)
  let quotient = a / b
  let rest = a % b
  if (rest < 0n) {
    rest += b
    quotient -= 1n
  }
  const twice = rest * 2n
  return twice > b || (twice === b && (quotient & 1n) === 1n) ? quotient + 1n : quotient
}

/**
 * A count in millionths as JSON: an integer when whole, else the number nearest to its decimals. Beyond 2^53 a JSON
 * number cannot hold it, and it is a string of digits.
 */
export function decimalOfMicros(micros: bigint): number | string {
  if (micros % 1_000_000n === 0n) return integer(micros / 1_000_000n)
  return Number(micros) / 1e6
}

/** An integer in JSON: a number while a double holds it, a string of digits beyond. */
export function integer(value: bigint): number | string {
  return value <= SAFE && value >= -SAFE ? Number(value) : value.toString()
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)
