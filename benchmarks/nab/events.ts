import type { NabFile } from './corpus.ts'

/** Hits and misses of windows, and episodes of alarms outside of them. */
export type EventCounts = { readonly hit: number; readonly missed: number; readonly false_alarms: number }

/** Alarms closer to each other than this share of their file are one episode. */
const EPISODE_SHARE = 0.01

/**
 * Counts events as an operator does: a window is hit once or missed, and a false alarm is an episode that touches no
 * window, however many rows it has. Rows within the probation are left out.
 *
 * @param alerts 1 or 0 for each row, by position
 */
export function countEvents(file: NabFile, alerts: ArrayLike<number>): EventCounts {
  const gap_rows = EPISODE_SHARE * file.values.length
  const hit = new Set<number>()
  let false_alarms = 0
  let last = Number.NEGATIVE_INFINITY
  let excused = true
  const close = () => {
    if (!excused) false_alarms++
  }
  for (let row = file.probation_rows; row < file.values.length; row++) {
    if (alerts[row] !== 1) continue
    if (row - last >= gap_rows) {
      close()
      excused = false
    }
    last = row
    const window = file.windows.findIndex(({ first, last }) => row >= first && row <= last)
    if (window === -1) continue
    hit.add(window)
    excused = true
  }
  close()
  const windows = file.windows.filter((window) => window.last >= file.probation_rows).length
  return { hit: hit.size, missed: windows - hit.size, false_alarms }
}

/** 2 hit / (2 hit + missed + false alarms); 0 when nothing was hit. */
export function eventF1(counts: readonly EventCounts[]): number {
  const sum = (field: keyof EventCounts) => counts.reduce((total, one) => total + one[field], 0)
  const hits = 2 * sum('hit')
  return hits === 0 ? 0 : hits / (hits + sum('missed') + sum('false_alarms'))
}
