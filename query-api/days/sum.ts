import { dimensionOf } from '../../schemas/metrics.ts'
import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import { DELIVERED } from '../metrics/folded.ts'
import type { Scope } from '../metrics/group.ts'
import { fixedBy, isDelivery, neededBy, type Plan, PRESENCE, sumMeasuresOf } from '../metrics/plan.ts'
import { type Groups, keyText } from '../metrics/read.ts'
import { type Depth, depthsOf } from '../metrics/slices.ts'
import { bucketLabel } from '../metrics/times.ts'
import { choiceOf, chosenCells, passes } from './chosen.ts'
import { type DayPage, type KeyField, type KeyLabels, placeOf, WIDTH } from './page.ts'
import type { Shape } from './shapes.ts'

/**
 * Pure: the sums of a question from days that are held, as the statement of `sumsStatement` would have them.
 *
 * @param slices all slices of the days of the question, compared ones included
 * @returns undefined where residuals or rows of accounts are asked for, and where a sum is beyond what doubles hold
 */
export function sumsOfDays(
  plan: Plan,
  scope: Scope,
  shape: Shape,
  pages: readonly DayPage[],
  slices: readonly string[],
): Groups | undefined {
  const depth = depthOf(plan, scope, slices)
  if (depth === undefined) return undefined
  const { filters, shift } = scope
  const keys = [...plan.keys, ...(plan.by_currency ? ['currency'] : [])]
  const isFine = keys.some((name) => shape.extra.includes(name))
  const ofKeys = filters.filter(({ field }) => !shape.extra.includes(field))
  const ofCells = filters.filter(({ field }) => shape.extra.includes(field))
  const places = ['n', ...plan.sums].map((name) => placeOf.get(name)!)
  const totals = new Map<string, Total>()
  const isTimed = keys.some((name) => dimensionOf.get(name)!.kind === 'time')
  // By key, as long as the times of the pages are the same; null where the question is not about the key.
  let known = new Map<KeyLabels, Total | null>()
  const choice = choiceOf(depth, shape, ofCells, plan.reads_commerce)
  for (const page of pages) {
    if (isTimed) known = new Map()
    const times = keys.map((name) => bucketLabel(name, page.day, shift))
    const shop = plan.reads_commerce ? page.slices.values.indexOf(COMMERCE_SLICE) : -1
    const { cells, ends } = chosenCells(page, choice)
    for (let k = 0, at = 0; k < page.keys.length; at = ends[k]!, k++) {
      const { labels } = page.keys[k]!
      let total = known.get(labels)
      if (total === undefined) {
        const isWanted = ofKeys.every((filter) => passes(filter, labels[filter.field as KeyField]))
        const own = () => keys.map((name, i) => times[i] ?? labels[name as KeyField] ?? '')
        total = isWanted ? totalOf(totals, own(), places.length) : null
        known.set(labels, total)
      }
      if (total === null) continue
      for (let i = at; i < ends[k]!; i++) {
        const cell = cells[i]!
        if (isFine) {
          const own = total.keys.map((label, i) => extraOf(page, shape, keys[i]!, cell) ?? label)
          total = totalOf(totals, own, places.length)
        }
        // The first sum counts reports of deliveries, in which the shop has no part.
        add(total.sums, page.sums, cell * WIDTH, places, page.slices.at[cell] === shop ? 1 : 0)
      }
    }
  }
  const all = [...totals.values()]
  return all.every(({ sums }) => sums.every(Number.isSafeInteger)) ? groupsOf(plan, all) : undefined
}

type Total = { readonly keys: readonly string[]; readonly sums: Float64Array }

function totalOf(totals: Map<string, Total>, keys: readonly string[], width: number): Total {
  const text = keyText(keys)
  let total = totals.get(text)
  if (total === undefined) {
    total = { keys, sums: new Float64Array(width) }
    totals.set(text, total)
  }
  return total
}

/** A sum that leaves the safe integers is NaN from then on. */
function add(to: Float64Array, from: Float64Array, at: number, places: readonly number[], first: number): void {
  for (let i = first; i < places.length; i++) {
    const sum = to[i]! + from[at + places[i]!]!
    to[i] = Math.abs(sum) <= Number.MAX_SAFE_INTEGER ? sum : Number.NaN
  }
}

/** The one depth that answers the question, where one does. */
function depthOf(plan: Plan, scope: Scope, slices: readonly string[]): Depth | undefined {
  if (!plan.reads_delivery) return { known: new Set(), main: [], assets: [], accounts: [] }
  const needed = neededBy(plan.keys, scope.filters)
  const [depth, ...more] = depthsOf({ needed, fixed: fixedBy(scope.filters), hourly: false }, slices)
  return more.length === 0 && depth!.accounts.length === 0 ? depth : undefined
}

function extraOf(page: DayPage, shape: Shape, name: string, cell: number): string | undefined {
  const column = page.extra[shape.extra.indexOf(name)]
  return column?.values[column.at[cell]!]
}

/** Buckets that have something to say about one of the measures, with their sums by name. */
function groupsOf(plan: Plan, totals: readonly Total[]): Groups {
  const names = [DELIVERED, ...plan.sums]
  const groups: Groups = new Map()
  for (const { keys, sums } of totals) {
    const isAbove = (name: string) => sums[names.indexOf(name)]! > 0
    const present = plan.request.measures
      .flatMap(sumMeasuresOf)
      .some((part) => (isDelivery(part) ? isAbove(DELIVERED) : PRESENCE[part.name]!.some(isAbove)))
    if (!present) continue
    const cell = Object.fromEntries(names.map((name, i) => [name, BigInt(sums[i]!)]))
    groups.set(keyText(keys), { keys, cell })
  }
  return groups
}
