import { type Measure, measureOf, type SumMeasure } from '../../schemas/metrics.ts'
import { parseDay } from '../../schemas/zone.ts'
import { isDelivery } from '../metrics/plan.ts'
import type { Row } from '../metrics/shape.ts'
import { CAUSES, type Cause, type Family, type Touched } from './causes.ts'

/** One number that was known and is another now. */
export type ChangeRow = {
  readonly day: string
  readonly platform: string | null
  readonly measure: string
  /** As `/v1/metrics` writes the measure; null was unknown. */
  readonly old: string | number | null
  readonly new: string | number | null
  /** The cause of most of what was observed. */
  readonly cause: Cause
  /** The others, by comma. */
  readonly other_causes: string | null
  /** How many things were observed anew. */
  readonly facts: number
  readonly currency: string | null
  readonly finality: string
}

/**
 * Pure: two answers to one question by day and platform, and what came in between → the numbers that differ, by day,
 * platform, measure and currency ascending, unknown last. A number that differs although nothing came in for it (a zero
 * for an unknown, because the shop was seen elsewhere for the first time) has not changed.
 *
 * @param was the answer as of T
 * @param is the answer now
 */
export function diffRows(
  measures: readonly Measure[],
  was: readonly Row[],
  is: readonly Row[],
  touched: readonly Touched[],
): ChangeRow[] {
  const causes = indexed(touched)
  const [then, now] = [byPlace(was), byPlace(is)]
  const rows: ChangeRow[] = []
  for (const place of new Set([...then.keys(), ...now.keys()])) {
    const [before, after] = [then.get(place), now.get(place)]
    const row = (after ?? before)!
    const day = parseDay(String(row.day))!
    for (const measure of measures) {
      const [a, b] = [before?.[measure.name] ?? null, after?.[measure.name] ?? null]
      if (a === b) continue
      const counts = new Map<Cause, number>()
      for (const family of familiesOf(measure)) {
        for (const { cause, facts } of causes.get(placeText(family, day, row.platform, row.currency)) ?? [])
          counts.set(cause, (counts.get(cause) ?? 0) + facts)
      }
      const order = CAUSES.filter((cause) => counts.has(cause)).toSorted((x, y) => counts.get(y)! - counts.get(x)!)
      if (order.length === 0) continue
      rows.push({
        day: String(row.day),
        platform: textOf(row.platform),
        measure: measure.name,
        old: a,
        new: b,
        cause: order[0]!,
        other_causes: order.length === 1 ? null : order.slice(1).join(','),
        facts: [...counts.values()].reduce((sum, n) => sum + n, 0),
        currency: textOf(row.currency),
        finality: String(row.finality),
      })
    }
  }
  return rows.toSorted((a, b) => compareKeys(keyOf(a), keyOf(b)))
}

/** What tells a row from all others, in the order of the answer. */
export function keyOf({ currency, day, measure, platform }: ChangeRow): readonly (string | null)[] {
  return [day, platform, measure, currency]
}

/** Ascending by UTF-16 units, null last. */
export function compareKeys(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i]!
    if (left === right) continue
    if (left === null || right === null) return left === null ? 1 : -1
    return left < right ? -1 : 1
  }
  return 0
}

function familiesOf(measure: Measure): readonly Family[] {
  if (measure.kind === 'ratio') {
    const parts = [measureOf.get(measure.numerator)!, measureOf.get(measure.denominator)!]
    return [...new Set(parts.flatMap(familiesOf))]
  }
  const { minus, plus } = measure as SumMeasure
  if (isDelivery(measure as SumMeasure)) return ['delivery']
  return [...new Set([...plus, ...minus].map((name) => (name.startsWith('refunds') ? 'refunds' : 'orders')))]
}

/** Numbers that have no currency ask for the causes of all. */
function indexed(touched: readonly Touched[]): ReadonlyMap<string, readonly Touched[]> {
  const causes = new Map<string, Touched[]>()
  const add = (place: string, one: Touched) => {
    const list = causes.get(place)
    if (list === undefined) causes.set(place, [one])
    else list.push(one)
  }
  for (const one of touched) {
    add(placeText(one.family, one.day, one.platform, undefined), one)
    add(placeText(one.family, one.day, one.platform, one.currency), one)
  }
  return causes
}

/** @param currency undefined where the row has none at all */
function placeText(
  family: Family,
  day: number,
  platform: string | number | null | undefined,
  currency: string | number | null | undefined,
): string {
  return [family, day, platform ?? '', currency === undefined ? '*' : (currency ?? '')].join('\0')
}

function byPlace(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [[row.day, row.platform ?? '', row.currency ?? ''].join('\0'), row]))
}

function textOf(value: string | number | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value)
}
