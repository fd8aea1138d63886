import { dimensionOf } from '../../schemas/metrics.ts'
import { WINDOW_SETS } from '../../schemas/windows.ts'
import { neededBy, type Plan } from '../metrics/plan.ts'
import type { Filter } from '../metrics/request.ts'
import { KEY_FIELDS } from './page.ts'

/** What days are held by: dimensions of a key of slices always, and these besides. */
export type Shape = {
  /** The window set that has these dimensions in the fewest rows. */
  readonly table: string
  readonly extra: readonly string[]
}

/**
 * Pure: the coarsest shape of days that has all that a question needs to tell apart, or undefined where days cannot
 * answer it: below a day, as of another time, in one currency, by objects below campaigns, and for what is not a sum.
 */
export function shapeFor(plan: Plan): Shape | undefined {
  const { filters } = plan.request
  if (plan.source !== 'windows' || plan.hourly || plan.non_additive.length > 0 || plan.sums.length === 0)
    return undefined
  if (!filters.every(isPlain)) return undefined
  const fields = neededBy(plan.keys, filters).filter((name) => dimensionOf.get(name)!.kind === 'id')
  return SHAPES.find(({ extra }) =>
    fields.every((name) => (KEY_FIELDS as readonly string[]).includes(name) || extra.includes(name)),
  )
}

/** Sameness only: what is less or greater is for the store to say, which compares bytes. */
function isPlain({ field, op }: Filter): boolean {
  const { kind } = dimensionOf.get(field)!
  return (kind === 'id' || kind === 'currency') && (op === 'eq' || op === 'ne' || op === 'in')
}

/** Coarsest first. Ads and creatives are too many to be held. */
export const SHAPES: readonly Shape[] = [[], ['country', 'device']].map((extra) => ({ table: tableOf(extra), extra }))

function tableOf(extra: readonly string[]): string {
  const sets = WINDOW_SETS.filter(
    ({ dimensions, grain }) =>
      grain === 'day' && extra.every((name) => (dimensions as readonly string[]).includes(name)),
  )
  return sets.toSorted((a, b) => a.dimensions.length - b.dimensions.length)[0]!.name
}
