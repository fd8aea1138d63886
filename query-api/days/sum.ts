import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import { formatDay } from '../../schemas/zone.ts'
import { DELIVERED } from '../metrics/folded.ts'
import type { Scope } from '../metrics/group.ts'
import { fixedBy, isDelivery, neededBy, type Plan, PRESENCE, sumMeasuresOf } from '../metrics/plan.ts'
import { type Groups, keyText } from '../metrics/read.ts'
import type { Filter } from '../metrics/request.ts'
import { type Depth, depthsOf, isCampaignLevel } from '../metrics/slices.ts'
import { addMonths, type Shift } from '../metrics/times.ts'
import { type DayPage, placeOf, type SliceKey, WIDTH } from './page.ts'
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
  const keys = [...plan.keys, ...(plan.by_currency ? ['currency'] : [])]
  const isFine = keys.some((name) => shape.extra.includes(name))
  const [ofKeys, ofCells] = partition(scope.filters, ({ field }) => !shape.extra.includes(field))
  const places = [placeOf.get('n')!, ...plan.sums.map((name) => placeOf.get(name)!)]
  const totals = new Map<string, Total>()
  for (const page of pages) {
    const times = keys.map((name) => timeLabel(name, page.day, scope.shift))
    for (const key of page.keys) {
      if (!ofKeys.every((filter) => passes(filter, key[filter.field as KeyField]))) continue
      const picked = picksOf(depth, page, key)
      let total: Total | undefined
      for (let cell = key.first; cell < key.end; cell++) {
        const slice = page.slices[cell]!
        const isShop = slice === COMMERCE_SLICE
        if (isShop ? !plan.reads_commerce : !picked.includes(slice)) continue
        const extra = (name: string) => page.extra[shape.extra.indexOf(name)]![cell]!
        if (!ofCells.every((filter) => passes(filter, extra(filter.field)))) continue
        if (total === undefined || isFine) {
          total = totalOf(
            totals,
            keys.map((name, i) => times[i] ?? (shape.extra.includes(name) ? extra(name) : key[name as KeyField])),
            places.length,
          )
        }
        add(total, page.sums, cell * WIDTH, places, isShop)
      }
    }
  }
  const all = [...totals.values()]
  return all.every(({ sums }) => sums.every(Number.isSafeInteger)) ? groupsOf(plan, all) : undefined
}

type KeyField = 'platform' | 'account' | 'campaign' | 'currency'
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

/** The first sum counts reports of deliveries, in which the shop has no part. A sum that left the safe integers is NaN. */
function add({ sums }: Total, from: Float64Array, at: number, places: readonly number[], isShop: boolean): void {
  for (let i = isShop ? 1 : 0; i < places.length; i++) {
    const sum = sums[i]! + from[at + places[i]!]!
    sums[i] = Math.abs(sum) <= Number.MAX_SAFE_INTEGER ? sum : Number.NaN
  }
}

/** The one depth that answers the question, where one does. */
function depthOf(plan: Plan, scope: Scope, slices: readonly string[]): Depth | undefined {
  if (!plan.reads_delivery) return { known: new Set(), main: [], assets: [], accounts: [] }
  const needed = neededBy(plan.keys, scope.filters)
  const [depth, ...more] = depthsOf({ needed, fixed: fixedBy(scope.filters), hourly: false }, slices)
  return more.length === 0 && depth!.accounts.length === 0 ? depth : undefined
}

/** The slices that count in a key: the best of each kind that reported anything there (slices.ts). */
function picksOf(depth: Depth, page: DayPage, key: SliceKey): string[] {
  const reported = (slice: string) => {
    for (let cell = key.first; cell < key.end; cell++) {
      if (page.slices[cell] === slice && page.sums[cell * WIDTH]! > 0) return true
    }
    return false
  }
  const main = depth.main.find(reported)
  if (main !== undefined && isCampaignLevel(main)) return [main]
  return [main, depth.assets.find(reported)].filter((slice) => slice !== undefined)
}

/** `null` asks for what is unknown, which the tables spell ''. */
function passes({ op, values }: Filter, label: string): boolean {
  const isAmong = values.some((value) => (value ?? '') === label)
  return op === 'ne' ? !isAmong : isAmong
}

/** The bucket that a day falls into, where the name is one of a time. */
function timeLabel(name: string, day: number, shift: Shift | undefined): string | undefined {
  if (name !== 'day' && name !== 'week' && name !== 'month') return undefined
  const at = shifted(day, shift)
  if (name === 'day') return formatDay(at)
  // 1 January 1970 was a Thursday.
  return name === 'week' ? formatDay(at - ((at + 3) % 7)) : `${formatDay(at).slice(0, 7)}-01`
}

function shifted(day: number, shift: Shift | undefined): number {
  if (shift === undefined) return day
  return shift.unit === 'day' ? day + shift.by : addMonths(day, shift.unit === 'month' ? shift.by : 12 * shift.by)
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

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}
