import { measureOf, type SumMeasure, type Unit } from '../../schemas/metrics.ts'

/** What a rule's metric is made of: window columns, as millionths whatever the column counts in. */
export type Quantity = {
  readonly top: SumMeasure
  /** Of a ratio. */
  readonly bottom: SumMeasure | undefined
  readonly factor: bigint
  readonly unit: 'count' | 'money' | 'ratio'
  /** Whether amounts of money are in it: only one currency is looked at then. */
  readonly has_money: boolean
  /** Whether the shop says it all; else how much there was to judge by is told in impressions. */
  readonly is_shop: boolean
}

/** Undefined for what has no windows: distinct customers, reach, or a name that is no measure. */
export function quantityOf(metric: string): Quantity | undefined {
  const measure = measureOf.get(metric)
  if (measure?.kind === 'sum') {
    const parts = { top: measure, bottom: undefined, factor: 1n, unit: UNITS[measure.unit] }
    return { ...parts, has_money: measure.unit === 'money', is_shop: isShop(measure) }
  }
  if (measure?.kind !== 'ratio') return undefined
  const [top, bottom] = [measureOf.get(measure.numerator), measureOf.get(measure.denominator)]
  if (top?.kind !== 'sum' || bottom?.kind !== 'sum') return undefined
  return {
    ...{ top, bottom, factor: BigInt(measure.factor), unit: UNITS[measure.unit] },
    has_money: top.unit === 'money' || bottom.unit === 'money',
    is_shop: isShop(top) && isShop(bottom),
  }
}

/** Every window column that a rule may need, as millionths. */
export function microsSql(column: string): string {
  return column.endsWith('_micros') ? `sum(${column})` : `sum(toInt128(${column})) * 1000000`
}

/** Whether a shop says it, and no platform. */
export function isShop({ minus, plus }: SumMeasure): boolean {
  return [...plus, ...minus].every((column) => /^(orders|gross|refunds)/.test(column))
}

const UNITS: Readonly<Record<Unit, Quantity['unit']>> = {
  count: 'count',
  decimal: 'count',
  money: 'money',
  ratio: 'ratio',
}
