import { dimensionOf } from '../../schemas/metrics.ts'
import { WINDOW_SETS, type WindowSet } from '../../schemas/windows.ts'
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
  sums: readonly string[],
  bind: Binder['bind'],
): Relation {
  const dims = set.dimensions.filter((d) => KEY.includes(d) || needed.includes(d))
  const columns = ['day', ...(scope.hourly ? ['start'] : []), ...dims]
  const select = (table: string, names: readonly string[], filters: readonly Filter[]) => {
    const conditions = [
      `tenant = ${bind(scope.tenant, 'String')}`,
      ...rangeConditions(
        {
          ...scope,
          time_zone: table === set.name ? scope.time_zone : undefined,
          range: table === set.name ? scope.range : widened(scope),
        },
        bind,
      ),
      ...filters.map((f) => filterCondition(f, scope, bind)),
    ]
    return `SELECT ${names.join(', ')} FROM ${table} FINAL WHERE ${conditions.join(' AND ')}`
  }
  return {
    columns,
    rows: select(set.name, [...columns, 'currency', 'slice', 'n', ...sums], scope.filters.filter(isPushed)),
    keys: select(
      COARSEST.name,
      [...KEY, 'slice', 'n'],
      scope.filters.filter((f) => isPushed(f) && isOfKey(f, scope)),
    ),
  }
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
function isOfKey(filter: Filter, scope: Scope): boolean {
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
