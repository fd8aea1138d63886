import { dimensionOf, type Measure, type Unit } from '../../schemas/metrics.ts'
import { finalityOf, restatementDays } from '../../schemas/platforms.ts'
import { ApiError } from '../problem.ts'
import { type Names, nameKey } from './names.ts'
import { type Entry, ordered, type Position, positionOf } from './order.ts'
import type { Plan } from './plan.ts'
import { type Group, type Groups, keyText } from './read.ts'
import { bucketEnd } from './times.ts'
import { changeOf, format, measureValue, type Seen } from './values.ts'

/** A flat object: one key per dimension and measure. */
export type Row = Readonly<Record<string, string | number | null>>
export type Column = { readonly name: string; readonly unit: Unit | 'label' }

export type Shaping = {
  readonly plan: Plan
  readonly groups: Groups
  /** The same of the range that is compared with. */
  readonly before: Groups | undefined
  readonly names: Names
  readonly platforms: readonly string[]
  readonly watermark_ms: number | undefined
  /** The answer begins behind this row. */
  readonly after?: Position | undefined
}

/** Rows without a limit that are still answered; more must be asked for. */
export const ROWS_DEFAULT_MAX = 10_000

export type Shaped = {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  /** Of the last row, where the limit left others out. */
  readonly next: Position | undefined
}

/**
 * Pure: sums → rows of the answer, in order, with their values in their final form.
 *
 * @throws ApiError `too_many_rows` with the numbers: nothing is left out that nobody asked to leave out
 */
export function shapeRows(shaping: Shaping): Shaped {
  const { after, plan, before } = shaping
  const { request } = plan
  const entries = ordered(plan, entriesOf(shaping), after)
  const { limit } = request
  if (limit === undefined && entries.length > ROWS_DEFAULT_MAX) {
    throw new ApiError(
      'too_many_rows',
      `${entries.length} rows, and ${ROWS_DEFAULT_MAX} are the most without a limit: set \`limit\` and go on with its cursor, or ask for less`,
      { path: 'limit', more: { rows: entries.length, rows_max: ROWS_DEFAULT_MAX } },
    )
  }
  const measures = request.measures.flatMap((m) => (before === undefined ? [m] : [m, asPrevious(m), asChange(m)]))
  const timed = request.dimensions.some((d) => dimensionOf.get(d)!.kind === 'time')
  const columns: Column[] = [
    ...request.dimensions.map((name) => ({ name, unit: 'label' as const })),
    ...measures.map(({ name, unit }) => ({ name, unit })),
    ...(plan.by_currency && !request.dimensions.includes('currency')
      ? [{ name: 'currency', unit: 'label' as const }]
      : []),
    ...(timed ? [{ name: 'finality', unit: 'label' as const }] : []),
  ]
  const shown = entries.slice(0, limit ?? entries.length)
  const rows = shown.map((entry) => {
    const row: Record<string, string | number | null> = { ...entry.labels }
    for (const measure of measures)
      row[measure.name] = format(measure, entry.values.get(measure.name) ?? null, entry.currency)
    if (plan.by_currency) row.currency = entry.currency
    if (timed) row.finality = finalityOfRow(shaping, entry)
    return row
  })
  return { columns, rows, next: shown.length < entries.length ? positionOf(plan, shown.at(-1)!) : undefined }
}

function entriesOf({ plan, groups, before, names }: Shaping): Entry[] {
  const now = seenIn(plan, groups)
  const then = before === undefined ? undefined : seenIn(plan, before)
  const all = before === undefined ? groups : new Map([...before, ...groups])
  return [...all.values()].map(({ keys }) => {
    const key = keyText(keys)
    const currency = plan.by_currency ? keys[plan.keys.length]! || null : null
    const values = new Map<string, bigint | null>()
    for (const measure of plan.request.measures) {
      const value = measureValue(measure, groups.get(key)?.cell ?? {}, now(currency))
      values.set(measure.name, value)
      if (before === undefined) continue
      const previous = measureValue(measure, before.get(key)?.cell ?? {}, then!(currency))
      values.set(`${measure.name}_previous`, previous).set(`${measure.name}_change`, changeOf(value, previous))
    }
    return { keys, labels: labelsOf(plan, keys, currency, names), currency, values }
  })
}

/**
 * Whether the shop was seen: anywhere in the answer, for amounts anywhere in their currency. A refund of which neither
 * the amount nor the currency is known is no sign of a revenue in that unknown currency.
 */
function seenIn(plan: Plan, groups: Groups): (currency: string | null) => Seen {
  const currencyOf = ({ keys }: Group) => keys[plan.keys.length]! || null
  const has = ({ cell }: Group, names: readonly string[]) => names.some((name) => (cell[name] ?? 0n) > 0n)
  const SURE = ['orders', 'refunds_n', 'customers', 'new_customers']
  const rows = [...groups.values()].filter(
    (group) => has(group, SURE) || (has(group, ['refunds']) && !(plan.by_currency && currencyOf(group) === null)),
  )
  const currencies = new Set(plan.by_currency ? rows.map(currencyOf) : [])
  return (currency) => ({ commerce: plan.by_currency ? currencies.has(currency) : rows.length > 0 })
}

/** '' is how the tables spell unknown; in an answer it is null. */
function labelsOf(
  plan: Plan,
  keys: readonly string[],
  currency: string | null,
  names: Names,
): Record<string, string | null> {
  const id = (name: string) => keys[plan.keys.indexOf(name)] ?? ''
  const labels: Record<string, string | null> = {}
  for (const name of plan.request.dimensions) {
    const dimension = dimensionOf.get(name)!
    if (dimension.kind === 'currency') labels[name] = currency
    else if (dimension.kind === 'name') {
      labels[name] = names.get(name)?.get(nameKey(id('platform'), id('account'), id(dimension.of!))) || null
    } else labels[name] = id(name) || null
  }
  return labels
}

function finalityOfRow({ plan, platforms, watermark_ms }: Shaping, entry: Entry): string {
  const ends = plan.keys.flatMap((key, i) =>
    dimensionOf.get(key)!.kind === 'time' ? [bucketEnd(key, entry.keys[i]!)] : [],
  )
  const end = Math.min(...ends, plan.request.to ?? Number.POSITIVE_INFINITY)
  const own =
    entry.labels.platform ?? (plan.keys.includes('platform') ? entry.keys[plan.keys.indexOf('platform')] : undefined)
  const delivering = plan.reads_delivery || plan.non_additive.length > 0 ? (own ? [own] : platforms) : []
  const shop = plan.reads_commerce || plan.customers || plan.new_customers ? ['shop'] : []
  const days = Math.max(0, ...[...delivering, ...shop].map(restatementDays))
  const known_ms =
    plan.request.as_of_ms === undefined || watermark_ms === undefined
      ? watermark_ms
      : Math.min(watermark_ms, plan.request.as_of_ms)
  return finalityOf(end - 1, known_ms, days)
}

function asPrevious(measure: Measure): Pick<Measure, 'name' | 'unit'> & Measure {
  return { ...measure, name: `${measure.name}_previous` }
}

function asChange(measure: Measure): Measure {
  return { ...measure, name: `${measure.name}_change`, unit: 'ratio' }
}
