import { currencyDigits, isCurrency } from '../../schemas/currencies.ts'
import { type Measure, measureOf, type SumMeasure } from '../../schemas/metrics.ts'
import { formatMicros } from '../../schemas/money.ts'
import { WINDOW_MEASURES } from '../../schemas/windows.ts'
import { decimalOfMicros, divideHalfEven, integer } from './exact.ts'
import { isDelivery } from './plan.ts'
import { missingColumn } from './sums.ts'

/** What the store summed for one row, by column; a column that no part of the answer has is absent. */
export type Cell = Readonly<Record<string, bigint | null>>

/** Whether anything was seen of the shop that a row's zeros could be about. */
export type Seen = { readonly commerce: boolean }

/**
 * The exact value of a measure: an integer in units, in millionths for decimals, money and ratios; null where it is
 * unknown. A ratio is rounded half-even to 6 decimals.
 */
export function measureValue(measure: Measure, cell: Cell, seen: Seen): bigint | null {
  switch (measure.kind) {
    case 'sum':
      return sumOf(measure, cell, seen)
    case 'ratio': {
      const over = measureOf.get(measure.numerator) as SumMeasure
      const under = measureOf.get(measure.denominator) as SumMeasure
      const [a, b] = [sumOf(over, cell, seen), sumOf(under, cell, seen)]
      if (a === null || b === null || b === 0n) return null
      return divideHalfEven(a * scaleOf(under) * BigInt(measure.factor) * 1_000_000n, scaleOf(over) * b)
    }
    case 'distinct':
      return cell[measure.name] ?? (seen.commerce ? 0n : null)
    case 'non_additive':
      return cell[measure.column] ?? null
  }
}

/** A value as it stands in JSON. */
export function format(measure: Measure, value: bigint | null, currency: string | null): number | string | null {
  if (value === null) return null
  if (measure.unit === 'money') return formatMicros(value, currency === null ? 2 : digitsOf(currency))
  if (measure.unit === 'ratio') return formatMicros(value, 0)
  return measure.unit === 'decimal' ? decimalOfMicros(value) : integer(value)
}

/** Asking the runtime takes longer than all the rest of an answer's row. There are less than 300 currencies. */
function digitsOf(currency: string): number {
  let digits = knownDigits.get(currency)
  if (digits === undefined) {
    if (!isCurrency(currency)) return 2
    digits = currencyDigits(currency)
    knownDigits.set(currency, digits)
  }
  return digits
}

const knownDigits = new Map<string, number>()

/** (now − before) / |before|, in millionths; null where either is unknown or nothing can be said. */
export function changeOf(now: bigint | null, before: bigint | null): bigint | null {
  if (now === null || before === null || before === 0n) return null
  return divideHalfEven((now - before) * 1_000_000n, before < 0n ? -before : before)
}

function scaleOf(measure: SumMeasure): bigint {
  return measure.unit === 'count' ? 1n : 1_000_000n
}

function sumOf(measure: SumMeasure, cell: Cell, seen: Seen): bigint | null {
  const columns = [...measure.plus, ...measure.minus]
  if (columns.some((name) => (cell[missingColumn(name)] ?? 0n) > 0n)) return null
  if (isDelivery(measure)) {
    if (columns.every((name) => (cell[knownOf(name)!] ?? 0n) === 0n)) return null
  } else {
    // Nothing of the shop anywhere in the answer: its sums are not zero but unknown.
    if (!seen.commerce) return null
    if (measure.name === 'refunds' && (cell.refunds ?? 0n) > 0n && (cell.refunds_n ?? 0n) === 0n) return null
  }
  let total = 0n
  for (const name of measure.plus) total += cell[name] ?? 0n
  for (const name of measure.minus) total -= cell[name] ?? 0n
  return total
}

function knownOf(name: string): string | undefined {
  return WINDOW_MEASURES.find((m) => m.name === name)?.known
}
