import { HOUR_MS } from '../../schemas/zone.ts'
import type { Restated, Tick } from './core/closed-bucket.ts'
import { COMMERCE } from './core/scope.ts'
import { RING } from './core/series.ts'
import type { TenantState } from './core/state.ts'
import { type Row, sumsOf } from './rows.ts'

/** How far back buckets are remembered as they were. */
export const REMEMBERED_MS = (RING - 1) * HOUR_MS

/**
 * The first new tick of a look, with what is known now of the hours that were judged before: whatever was restated since is
 * tested again with it.
 *
 * @param next_ms the hour that was not judged yet when the look began
 * @param rowsAt rows of the group in an hour, as they are now
 */
export function withRestated(
  { book }: TenantState,
  tick: Tick,
  next_ms: number,
  rowsAt: (start_ms: number) => readonly Row[],
): Tick {
  const several = [...book.accountsOf(tick.group)].length > 0
  const restated: Restated[] = []
  for (let start_ms = tick.start_ms - REMEMBERED_MS; start_ms < next_ms; start_ms += HOUR_MS) {
    const rows = rowsAt(start_ms)
    // A report that is gone altogether is being written anew. An hour without orders is one.
    if (rows.length > 0 || tick.group === COMMERCE) restated.push({ start_ms, sums: sumsOf(rows, tick.group, several) })
  }
  return restated.length === 0 ? tick : { ...tick, restated }
}
