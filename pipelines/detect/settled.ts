import { HOUR_MS } from '../../schemas/zone.ts'
import { groupOf, type TenantState } from './core/state.ts'

/** How far the main pipeline is. */
export type Progress = {
  /** Ends of the partitions of the events topic. */
  ends(): Promise<readonly number[]>
  /** Whether everything before these is in the windows. */
  reached(ends: readonly number[]): Promise<boolean>
}

/** Where the log ended when each group was first seen to be closed up to an hour. */
export type Since = Map<string, { readonly end_ms: number; readonly ends: readonly number[] }>

/**
 * Up to where each group is closed and complete, and whether more is about to be. The rows of one report lie in several
 * partitions, of which one may be committed before the other; what was on the log when the first of them showed is all.
 * That holds for all hours of a batch: of reports that come together after hours of silence any may lack a piece.
 *
 * @param since of earlier calls; what is waited for is not moved on by what comes meanwhile
 */
export async function settled(
  { since, state }: { readonly since: Since; readonly state: TenantState },
  closed: ReadonlyMap<string, number>,
  progress: Progress,
) {
  const ready = new Map<string, number>()
  let waits = false
  for (const [group, end_ms] of closed) {
    const next_ms = (groupOf(state, group).bucket + 1) * HOUR_MS
    if (end_ms <= next_ms) continue
    let seen = since.get(group)
    // A source that is new may hold back what was closed without it.
    if (seen === undefined || seen.end_ms <= next_ms || seen.end_ms > end_ms) {
      seen = { end_ms, ends: await progress.ends() }
      since.set(group, seen)
    }
    if (await progress.reached(seen.ends)) ready.set(group, seen.end_ms)
    else waits = true
    if (seen.end_ms < end_ms) waits = true
  }
  return { closed: ready, waits }
}
