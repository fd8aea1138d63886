import type { Binder } from './binder.ts'
import { asOf, type Known } from './group.ts'

/** A rate may be used this many days after its own. */
export const RATE_AGE_DAYS_MAX = 7

/**
 * Adds to rows with `day` and `currency` the rate of their day into the asked currency: `rate_e9`, null where there is
 * none of that day or of the 7 days before it.
 */
export function withRates(rows: string, currency: string, scope: Known, bind: Binder['bind']): string {
  const newest = `SELECT argMax((base, quote, day, rate_e9), (occurred_at, _offset)) AS c, max((occurred_at, _offset)) AS at FROM fact_fx_rates WHERE tenant = ${bind(scope.tenant, 'String')}${asOf(scope, bind)} GROUP BY id_hash`
  const rates = `SELECT toString(c.1) AS base, c.3 AS rate_day, argMax(c.4, at) AS rate FROM (${newest}) WHERE c.2 = ${bind(currency, 'String')} GROUP BY base, rate_day`
  const fresh = `if(rate IS NULL OR f.day > addDays(assumeNotNull(rate_day), ${RATE_AGE_DAYS_MAX}), NULL, rate)`
  return `SELECT f.*, if(f.currency = ${bind(currency, 'String')}, toInt64(1000000000), ${fresh}) AS rate_e9 FROM (SELECT *, toString(currency) AS base FROM (${rows})) AS f ASOF LEFT JOIN (${rates}) AS r ON f.base = r.base AND f.day >= r.rate_day`
}

/**
 * amount × rate / 10^9, half-even, of one fact; an unknown amount is 0, as in sums. 2^62 × 10^15 fits 128 bits.
 */
export function converted(amount: string): string {
  const product = `(toInt128(ifNull(${amount}, 0)) * toInt128(ifNull(rate_e9, 0)))`
  const size = `toInt128(abs(${product}))`
  const whole = `intDiv(${size}, toInt128(1000000000))`
  const rest = `(${size} % toInt128(1000000000))`
  const up = `(${rest} > 500000000 OR (${rest} = 500000000 AND ${whole} % 2 = 1))`
  return `(if(${product} < 0, toInt128(-1), toInt128(1)) * (${whole} + toInt128(${up})))`
}

/** 1 where an amount cannot be converted: the sum it belongs to is then unknown. Nothing is nothing at any rate. */
export function missingRate(amount: string): string {
  return `toInt64(ifNull(${amount}, 0) != 0 AND rate_e9 IS NULL)`
}
