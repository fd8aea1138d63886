import { dimensionOf, type Measure, measureOf, type SumMeasure } from '../../schemas/metrics.ts'
import { DIMENSIONS, WINDOW_MEASURES, WINDOW_SETS, type WindowSet } from '../../schemas/windows.ts'
import { ApiError } from '../problem.ts'
import type { Filter, MetricsRequest } from './request.ts'
import { CHAIN } from './slices.ts'

/** What has to be read for a request, before the store is asked anything. */
export type Plan = {
  readonly request: MetricsRequest
  /** Dimensions that rows are grouped by inside: times first, names replaced by the ids that they stand for. */
  readonly keys: readonly string[]
  /** Rows are split by currency, because money is among the measures or behind one of them. */
  readonly by_currency: boolean
  /** Window columns to sum, each with its counter of known values. */
  readonly sums: readonly string[]
  readonly reads_delivery: boolean
  readonly reads_commerce: boolean
  readonly customers: boolean
  readonly new_customers: boolean
  readonly non_additive: readonly string[]
  readonly product: boolean
  /** Rows of single hours are needed. */
  readonly hourly: boolean
  readonly source: 'windows' | 'facts'
  readonly window_set: WindowSet
  /** Some measure adds up what platforms claim, which must not be done across platforms. */
  readonly claims: readonly string[]
}

/**
 * Pure: request → plan.
 *
 * @throws ApiError `incompatible`, `non_additive`, `not_hourly`: what no data could make an answer
 */
export function planOf(request: MetricsRequest): Plan {
  const { measures, dimensions, filters } = request
  const parts = [...new Set(measures.flatMap(sumMeasuresOf))]
  const sums = columnsOf(parts)
  const product = dimensions.includes('product') || filters.some((f) => f.field === 'product')
  const hourly =
    dimensions.includes('hour') || filters.some((f) => f.field === 'hour') || request.time_zone !== undefined
  const reads_delivery = parts.some((m) => isDelivery(m))
  const non_additive = measures.flatMap((m) => (m.kind === 'non_additive' ? [m.name] : []))
  if (product) refuseWithProduct(measures)
  if (non_additive.length > 0) refuseNonAdditive(request, non_additive)
  const keys = keysOf(dimensions)
  const by_currency =
    dimensions.includes('currency') ||
    measures.some((m) => m.unit === 'money' || sumMeasuresOf(m).some((s) => s.unit === 'money'))
  return {
    request,
    keys,
    by_currency,
    sums,
    reads_delivery,
    reads_commerce: parts.some((m) => !isDelivery(m)),
    customers: measures.some((m) => m.name === 'customers'),
    new_customers: measures.some((m) => m.name === 'new_customers'),
    non_additive,
    product,
    hourly,
    source:
      request.as_of_ms !== undefined || product || (request.currency !== undefined && by_currency)
        ? 'facts'
        : 'windows',
    window_set: windowSetFor(neededBy(keys, filters), hourly),
    claims: measures.filter((m) => m.name === 'claimed_revenue' || m.name === 'roas').map((m) => m.name),
  }
}

/** The sums that a measure is made of. */
export function sumMeasuresOf(measure: Measure): SumMeasure[] {
  if (measure.kind === 'sum') return [measure]
  if (measure.kind !== 'ratio') return []
  return [measureOf.get(measure.numerator), measureOf.get(measure.denominator)] as SumMeasure[]
}

export function isDelivery(measure: SumMeasure): boolean {
  return !COMMERCE_COLUMNS.has(measure.plus[0]!)
}

/** Dimensions of the keys and of the filters: what the rows that are read must tell apart. */
export function neededBy(keys: readonly string[], filters: readonly Filter[]): readonly string[] {
  const fields = filters.map((f) => dimensionOf.get(f.field)!.of ?? f.field)
  return [...new Set([...keys, ...fields])]
}

const COMMERCE_COLUMNS = new Set(['orders', 'gross_micros', 'refunds', 'refunds_micros'])

function columnsOf(parts: readonly SumMeasure[]): string[] {
  const columns = new Set<string>()
  for (const part of parts) {
    for (const name of [...part.plus, ...part.minus]) {
      columns.add(name)
      const known = WINDOW_MEASURES.find((m) => m.name === name)?.known
      if (known !== undefined) columns.add(known)
    }
    // Whether there was anything to know: an empty bucket is told from one with a total of zero by these.
    if (!isDelivery(part)) for (const name of PRESENCE[part.name] ?? []) columns.add(name)
  }
  return [...columns]
}

/** Columns of which one is above zero in every bucket that a commerce measure has something to say about. */
export const PRESENCE: Readonly<Record<string, readonly string[]>> = {
  orders: ['orders'],
  gross_revenue: ['orders'],
  refunds: ['refunds'],
  revenue: ['orders', 'refunds_n'],
}

/** A name stands for its id, so two campaigns of one name stay two rows; an id is unique within its account only. */
function keysOf(dimensions: readonly string[]): string[] {
  const ids = new Set<string>()
  for (const name of dimensions) {
    const dimension = dimensionOf.get(name)!
    if (dimension.kind === 'name') for (const id of ['platform', 'account', dimension.of!]) ids.add(id)
    else if (dimension.kind === 'id') ids.add(name)
  }
  return [...dimensions.filter((d) => dimensionOf.get(d)!.kind === 'time'), ...ids]
}

function windowSetFor(needed: readonly string[], hourly: boolean): WindowSet {
  const dims = needed.filter((d) => (DIMENSIONS as readonly string[]).includes(d))
  const grain = hourly ? 'hour' : 'day'
  const fitting = WINDOW_SETS.filter(
    (s) => s.grain === grain && dims.every((d) => (s.dimensions as readonly string[]).includes(d)),
  )
  return fitting.toSorted((a, b) => a.dimensions.length - b.dimensions.length)[0]!
}

function refuseWithProduct(measures: readonly Measure[]): void {
  for (const measure of measures) {
    const good =
      measure.name === 'customers' ||
      (measure.kind !== 'distinct' &&
        sumMeasuresOf(measure).length > 0 &&
        sumMeasuresOf(measure).every((m) => !isDelivery(m)))
    if (!good)
      throw new ApiError('incompatible', `${measure.name} has no values by product: only orders have lines`, {
        path: 'dimensions',
      })
  }
}

function refuseNonAdditive(request: MetricsRequest, names: readonly string[]): void {
  const fixed = (field: string) => request.filters.some((f) => f.field === field && f.op === 'eq')
  const oneDay =
    request.dimensions.some((d) => d === 'day' || d === 'hour') ||
    fixed('day') ||
    (request.from !== undefined && request.to === request.from + 1)
  if (!oneDay) {
    throw new ApiError(
      'non_additive',
      `${names.join(', ')} cannot be added over days: people who were reached on two days are counted twice. Ask for the dimension day, or for a range of one day.`,
      { path: 'measures' },
    )
  }
  if (request.time_zone !== undefined) {
    throw new ApiError(
      'not_hourly',
      `${names.join(', ')} has no hourly rows, so its days cannot be cut in another time zone`,
      { path: 'time_zone' },
    )
  }
}

/** Dimensions of a filter that names known values: the total of the question is the total of these. */
export function fixedBy(filters: readonly Filter[]): readonly string[] {
  return CHAIN.filter((d) => filters.some((f) => (dimensionOf.get(f.field)!.of ?? f.field) === d && isFixing(f)))
}

export function isFixing(filter: Filter): boolean {
  return (filter.op === 'eq' || filter.op === 'in') && !filter.values.includes(null)
}
