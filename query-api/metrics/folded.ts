import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import type { Binder } from './binder.ts'
import { KEY, type Relation, whereOf } from './resolve.ts'
import { type Depth, isCampaignLevel, isStatic } from './slices.ts'

/**
 * Rows by key, each with its sums per slice: the short way of `resolved` for the questions that are asked most, about
 * campaigns or what is above them. All sums travel as one array, since the store's time for such a question is that of
 * planning it, which grows with the number of functions in it: 9 ms instead of 24 ms of processor time.
 */
export type Folded = {
  /** A relation with the columns of a key, and `unknown`: rows of slices that nobody knew of. */
  readonly from: string
  /** The sums of a group as an array: {@link DELIVERED} first, then the sums asked for. */
  readonly sums: string
}

/** What the first element of the array counts: reports of deliveries. */
export const DELIVERED = 'delivered'

/** Whether one depth, at which slices must be chosen, answers everything from rows that have only a key's columns. */
export function isFoldable(depths: readonly Depth[], whole: boolean, columns: readonly string[]): boolean {
  const [depth] = depths
  return (
    whole &&
    depths.length === 1 &&
    !isStatic(depth!) &&
    depth!.accounts.length === 0 &&
    columns.every((c) => KEY.includes(c))
  )
}

/**
 * @param depth where slices are chosen (see slices.ts)
 * @param slices all that are known to exist
 * @param sums names of the summed columns
 * @param commerce whether there are rows of the shop among the relation's
 */
export function folded(
  relation: Relation,
  depth: Depth,
  slices: readonly string[],
  sums: readonly string[],
  commerce: boolean,
  bind: Binder['bind'],
): Folded {
  // Ranks: what may count, best first, then commerce, then slices that do not count. 0 is a slice unknown so far.
  const counting = [...depth.main, ...depth.assets]
  const last = counting.length + (commerce ? 1 : 0)
  const idle = slices.filter((slice) => !counting.includes(slice) && slice !== COMMERCE_SLICE)
  const rank = `indexOf(${bind([...counting, COMMERCE_SLICE, ...idle], 'Array(String)')}, slice)`
  const delivered = commerce ? `if(slice = ${bind(COMMERCE_SLICE, 'String')}, 0, n)` : 'n'
  const main = picked(depth.main.map((_, i) => i + 1))
  const assets = picked(depth.assets.map((_, i) => depth.main.length + i + 1))
  const own = depth.main.flatMap((slice, i) => (isCampaignLevel(slice) ? [i + 1] : []))
  const picks = [
    ...(depth.main.length === 0 ? [] : [main]),
    ...(depth.assets.length === 0
      ? []
      : [own.length === 0 ? assets : `if(${main} IN (${own.join(', ')}), 0, ${assets})`]),
    ...(commerce ? [String(last)] : []),
  ]
  const chosen = picks.map((pick) => `by_rank[${pick}]`)
  const columns = [
    ...KEY,
    `sumForEachResample(1, ${last + 1}, 1)([${[delivered, ...sums].join(', ')}], ${rank}) AS by_rank`,
    `countIf(${rank} = 0) AS unknown`,
  ]
  return {
    from: `(SELECT ${columns.join(', ')} FROM ${relation.from}${whereOf(relation.where)} GROUP BY ${KEY.join(', ')})`,
    sums: `sumForEach(${chosen.length === 1 ? chosen[0] : `arrayJoin([${chosen.join(', ')}])`})`,
  }
}

/** The first of these ranks that has reports, else 0, of which the sums are an empty array. */
function picked(ranks: readonly number[]): string {
  if (ranks.length === 0) return '0'
  return `multiIf(${ranks.map((rank) => `by_rank[${rank}][1] > 0, ${rank}, `).join('')}0)`
}
