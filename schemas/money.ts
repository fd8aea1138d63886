/**
 * Money is an integer number of micros (millionths) of its own currency, |micros| < 2^62. In JSON it is a number while
 * that is exact and a decimal string beyond 2^53, so that nothing on the way can round it.
 */
export type Micros = number | string

export type MoneyResult =
  | { readonly ok: true; readonly micros: Micros }
  | { readonly ok: false; readonly reason: 'not_money' | 'out_of_range' }

/**
 * A decimal in major units ("12.34", 12.34, "-3") to micros. More than 6 decimals are rounded half-even, on the
 * decimal digits and not on the binary double.
 */
export function parseMoney(value: string | number): MoneyResult {
  if (typeof value === 'number') {
    // The double nearest to m/1e6 is unique for |m| < 2^53/8, so this proves that the digits were exactly m/1e6.
    const m = Math.round(value * 1e6)
    if (m > -1e15 && m < 1e15 && m / 1e6 === value) return { ok: true, micros: m === 0 ? 0 : m }
    if (!Number.isFinite(value)) return { ok: false, reason: 'out_of_range' }
  }
  return parseDecimal(String(value).trim())
}

/** Micros as a bigint, for sums that must stay exact beyond 2^53. */
export function microsToBigInt(micros: Micros): bigint {
  return BigInt(micros)
}

/** A bigint of micros in its JSON form. */
export function bigIntToMicros(micros: bigint): Micros {
  return micros <= SAFE && micros >= -SAFE ? Number(micros) : micros.toString()
}

/**
 * Micros as a decimal string with at least `digits` decimals (the currency's ISO 4217 digits), more only where the
 * value has more.
 */
export function formatMicros(micros: bigint, digits: number): string {
  const sign = micros < 0n ? '-' : ''
  const abs = micros < 0n ? -micros : micros
  const whole = abs / 1_000_000n
  let fraction = (abs % 1_000_000n).toString().padStart(6, '0')
  while (fraction.length > digits && fraction.endsWith('0')) fraction = fraction.slice(0, -1)
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)
const LIMIT = 1n << 62n
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?$/

function parseDecimal(text: string): MoneyResult {
  const match = DECIMAL.exec(text)
  if (match === null || text.length > 400) return { ok: false, reason: 'not_money' }
  const [, sign, whole = '', fraction = '', exponentText] = match
  if (whole === '' && fraction === '') return { ok: false, reason: 'not_money' }
  const exponent = exponentText === undefined ? 0 : Number(exponentText)
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return { ok: true, micros: 0 }
  // value = digits × 10^(exponent − fraction.length); micros = value × 10^6
  const scale = exponent - fraction.length + 6
  if (digits.length + scale > 20) return { ok: false, reason: 'out_of_range' }
  let micros: bigint
  if (scale >= 0) {
    micros = BigInt(digits) * 10n ** BigInt(scale)
  } else {
    micros = halfEven(digits, -scale)
  }
  if (micros >= LIMIT) return { ok: false, reason: 'out_of_range' }
  return { ok: true, micros: bigIntToMicros(sign === '-' ? -micros : micros) }
}

/** digits / 10^drop, rounded to the nearest integer, ties to even. */
function halfEven(digits: string, drop: number): bigint {
  if (drop > digits.length) return 0n
  const kept = digits.slice(0, digits.length - drop)
  const cut = digits.slice(digits.length - drop)
  let value = kept === '' ? 0n : BigInt(kept)
  const first = cut.charCodeAt(0) - 48
  const tie = first === 5 && /^50*$/.test(cut)
  if (first > 5 || (first === 5 && !tie) || (tie && (value & 1n) === 1n)) value += 1n
  return value
}
