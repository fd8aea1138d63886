import { dimensionOf } from '../../schemas/metrics.ts'
import { COMMERCE_SLICE, WINDOW_SETS, type WindowSet } from '../../schemas/windows.ts'
import type { Binder } from './binder.ts'
import { filterCondition, rangeConditions, type Scope } from './group.ts'
import { isFixing } from './plan.ts'
import type { Filter } from './request.ts'
import type { Relation } from './resolve.ts'

/** The rows of a window set. FINAL: a key that was written again counts in its newest version only. */
export function windowRelation(
  set: WindowSet,
  scope: Scope,
  needed: readonly string[],
  commerce: boolean,
  bind: Binder['bind'],
): Relation {
  const dims = set.dimensions.filter((d) => KEY.includes(d) || needed.includes(d))
  const columns = ['day', ...(scope.hourly ? ['start'] : []), ...dims]
  const pushed = scope.filters.filter(isPushed)
  const ofKey = pushed.filter((f) => isOfKey(f, scope))
  const conditions = (within: Scope, filters: readonly Filter[]) => [
    `tenant = ${bind(scope.tenant, 'String')}`,
    ...rangeConditions(within, bind),
    ...filters.map((f) => filterCondition(f, scope, bind)),
  ]
  const days = { ...scope, time_zone: undefined, range: widened(scope) }
  return {
    columns,
    from: `${set.name} FINAL`,
    where: [...conditions(scope, pushed), ...(commerce ? [] : [`slice != ${bind(COMMERCE_SLICE, 'String')}`])],
    keys: isWhole(set, scope)
      ? undefined
      : `SELECT ${[...KEY, 'slice', 'n'].join(', ')} FROM ${COARSEST.name} FINAL WHERE ${conditions(days, ofKey).join(' AND ')}`,
  }
}

/** Whether the rows of a set show all slices of their keys. */
export function isWhole(set: WindowSet, scope: Scope): boolean {
  return set === COARSEST && scope.filters.filter(isPushed).every((f) => isOfKey(f, scope))
}

/**
 * Whether a filter may be applied to rows before their slices are resolved: it must not change which slices a key has
 * but together with all of the key, and it must not drop the parts of a residual. The others come after.
 */
export function isPushed(filter: Filter): boolean {
  const dimension = dimensionOf.get(filter.field)!
  if (dimension.kind === 'time' || dimension.kind === 'currency') return true
  return filter.field === 'platform' || filter.field === 'account' || isFixing(filter)
}

/** Whether a filter is about the key that slices are chosen for, and so holds for all of its rows or for none. */
export function isOfKey(filter: Filter, scope: Scope): boolean {
  const { kind, name, of = name } = dimensionOf.get(filter.field)!
  return kind === 'currency' || (kind === 'time' ? name !== 'hour' && scope.time_zone === undefined : KEY.includes(of))
}

const KEY: readonly string[] = ['day', 'platform', 'account', 'campaign', 'currency']

/** Days of a relation without hours that a range in another zone may touch. */
function widened({ range, time_zone }: Scope): Scope['range'] {
  if (time_zone === undefined) return range
  return {
    from: range.from === undefined ? undefined : range.from - 2,
    to: range.to === undefined ? undefined : range.to + 2,
  }
}

/** The set that knows which slices there are in every key, in the fewest rows. */
export const COARSEST = WINDOW_SETS.filter((s) => s.grain === 'day').toSorted(
  (a, b) => a.dimensions.length - b.dimensions.length,
)[0]!
