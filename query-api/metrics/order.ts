import { ApiError } from '../problem.ts'
import type { Plan } from './plan.ts'

/** A row on its way: its inner keys, what it is called, and its exact values. */
export type Entry = {
  readonly keys: readonly string[]
  readonly labels: Readonly<Record<string, string | null>>
  readonly currency: string | null
  readonly values: ReadonlyMap<string, bigint | null>
}

/** What of an entry its place in the order depends on; as JSON it is a cursor's position. */
export type Position = {
  readonly keys: readonly string[]
  readonly labels: readonly (string | null)[]
  readonly currency: string | null
  /** Of the values that the order names, in its order. */
  readonly values: readonly (string | null)[]
}

/**
 * In the order asked for, then by the dimensions ascending; what is unknown comes last, whichever way.
 *
 * @param after entries up to here are left out
 * @throws ApiError `currency_mix` where amounts of several currencies would have to be compared
 */
export function ordered(plan: Plan, entries: readonly Entry[], after?: Position): Entry[] {
  const { order, dimensions, measures } = plan.request
  for (const { by } of order) {
    const measure = measures.find((m) => m.name === by || `${m.name}_previous` === by)
    if (measure?.unit === 'money' && new Set(entries.map((e) => e.currency)).size > 1) {
      throw new ApiError(
        'currency_mix',
        `rows are in several currencies and cannot be ordered by ${by}: ask for one \`currency\``,
        { path: 'order' },
      )
    }
  }
  const asked = order.map(({ by, desc }) => {
    const compare = dimensions.includes(by) ? byLabel(by) : byValue(by)
    return (a: Entry, b: Entry) => compare(a, b, desc ? -1 : 1)
  })
  const rest = dimensions.map((name) => (a: Entry, b: Entry) => byLabel(name)(a, b, 1))
  const last = (a: Entry, b: Entry) =>
    nullsLast(a.currency, b.currency, 1) || nullsLast(a.keys.join('\0'), b.keys.join('\0'), 1)
  const all = [...asked, ...rest, last]
  const compare = (a: Entry, b: Entry) => {
    for (const one of all) {
      const sign = one(a, b)
      if (sign !== 0) return sign
    }
    return 0
  }
  if (after === undefined) return entries.toSorted(compare)
  const place = entryAt(plan, after)
  return entries.filter((entry) => compare(entry, place) > 0).toSorted(compare)
}

/** Where an entry stands; the way back is `entryAt`. */
export function positionOf(plan: Plan, { currency, keys, labels, values }: Entry): Position {
  const { order, dimensions } = plan.request
  return {
    keys,
    labels: dimensions.map((name) => labels[name] ?? null),
    currency,
    values: order.map(({ by }) => values.get(by)?.toString() ?? null),
  }
}

function entryAt(plan: Plan, { currency, keys, labels, values }: Position): Entry {
  const { order, dimensions } = plan.request
  return {
    keys,
    currency,
    labels: Object.fromEntries(dimensions.map((name, i) => [name, labels[i] ?? null])),
    values: new Map(order.map(({ by }, i) => [by, values[i] == null ? null : BigInt(values[i])])),
  }
}

function byLabel(name: string) {
  return (a: Entry, b: Entry, way: 1 | -1) => nullsLast(a.labels[name] ?? null, b.labels[name] ?? null, way)
}

function byValue(name: string) {
  return (a: Entry, b: Entry, way: 1 | -1) => nullsLast(a.values.get(name) ?? null, b.values.get(name) ?? null, way)
}

function nullsLast<T extends string | bigint>(a: T | null, b: T | null, way: 1 | -1): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  return a === b ? 0 : a < b ? -way : way
}
