import type { NabFile } from './corpus.ts'

/** What a hit, a false alarm and a miss count in a profile of the benchmark. */
export type NabProfile = { readonly tp: number; readonly fp: number; readonly fn: number }

/** Of `config/profiles.json`. True negatives count nothing. */
export const PROFILES = {
  standard: { tp: 1, fp: 0.11, fn: 1 },
  low_fp: { tp: 1, fp: 0.22, fn: 1 },
  low_fn: { tp: 1, fp: 0.11, fn: 2 },
} as const satisfies Record<string, NabProfile>

/** A file with the detector's score of each row, by position; scores are ≥ 0. */
export type ScoredFile = { readonly file: NabFile; readonly scores: ArrayLike<number> }

/** Position relative to a window at which a false alarm has no excuse left: three widths behind it, or before any. */
const FAR = 3

/**
 * The threshold at which the benchmark's sum is greatest, as its optimiser finds it: one threshold for all files.
 *
 * @returns `raw` is the sum at that threshold; an alarm is a score of at least `threshold` (Infinity: no alarm is best)
 */
export function bestThreshold(files: readonly ScoredFile[], profile: NabProfile): { threshold: number; raw: number } {
  // Most rows of most detectors have a score of 0: they need no place in the order.
  const rows = files
    .flatMap((one, index) => weighedRows(one, profile, index, Number.MIN_VALUE))
    .sort((a, b) => b.score - a.score)
  const hits = new Map<string, number>()
  let raw = -profile.fn * windowsOf(files)
  let best = { threshold: Number.POSITIVE_INFINITY, raw }
  for (let at = 0; at < rows.length; at++) {
    const { score, weight, window } = rows[at]!
    if (window === null) raw += weight
    else {
      const before = hits.get(window) ?? -profile.fn
      raw += Math.max(0, weight - before)
      hits.set(window, Math.max(before, weight))
    }
    const lastOfScore = rows[at + 1]?.score !== score
    if (lastOfScore && raw > best.raw) best = { threshold: score, raw }
  }
  const everywhere = files.reduce((sum, file) => sum + rawScore(file, 0, profile), 0)
  if (everywhere > best.raw) best = { threshold: 0, raw: everywhere }
  return best
}

/** The sum of one file at a threshold: its windows' earliest alarms, its misses and its false alarms. */
export function rawScore(scored: ScoredFile, threshold: number, profile: NabProfile): number {
  const hits = new Map<string, number>()
  let raw = -profile.fn * windowsOf([scored])
  for (const { weight, window } of weighedRows(scored, profile, 0, threshold)) {
    if (window === null) raw += weight
    else {
      const before = hits.get(window) ?? -profile.fn
      raw += Math.max(0, weight - before)
      hits.set(window, Math.max(before, weight))
    }
  }
  return raw
}

/**
 * On the scale on which a detector that never alarms has 0 and one that alarms at the first row of every window, and
 * nowhere else, has 100.
 */
export function normalised(raw: number, files: readonly ScoredFile[], profile: NabProfile): number {
  const windows = windowsOf(files)
  return (100 * (raw + profile.fn * windows)) / ((profile.tp + profile.fn) * windows)
}

type Row = { score: number; weight: number; window: string | null }

/**
 * What an alarm at each scored row is worth. Within a window it is worth more the earlier it comes; behind one, less
 * than a false alarm at first (a late alarm is half a hit), soon as much. Rows below a score are left out.
 */
function weighedRows({ file, scores }: ScoredFile, profile: NabProfile, index: number, score_min: number): Row[] {
  if (scores.length !== file.values.length) {
    throw new RangeError(`${file.name} has ${file.values.length} rows, scored are ${scores.length}`)
  }
  const rows: Row[] = []
  let next = 0
  for (let row = 0; row < scores.length; row++) {
    while (next < file.windows.length && row > file.windows[next]!.last) next++
    const window = file.windows[next]
    if (row < file.probation_rows) continue
    const score = scores[row]!
    if (score < score_min) continue
    if (window !== undefined && row >= window.first) {
      const width = window.last - window.first + 1
      const position = -(window.last - row + 1) / width
      const weight = (profile.tp * sigmoid(position)) / sigmoid(-1)
      rows.push({ score, weight, window: `${index}:${next}` })
      continue
    }
    const before = file.windows[next - 1]
    const position = before === undefined ? FAR : (row - before.last) / (before.last - before.first)
    rows.push({ score, weight: profile.fp * sigmoid(position), window: null })
  }
  return rows
}

/** The benchmark's sigmoid: almost 1 at the left edge of a window (-1), 0 at its right edge, -1 far behind it. */
function sigmoid(position: number): number {
  return position >= FAR ? -1 : 2 / (1 + Math.exp(5 * position)) - 1
}

/** Windows that can be hit: those that reach beyond the rows that are not scored. */
function windowsOf(files: readonly ScoredFile[]): number {
  let windows = 0
  for (const { file } of files) windows += file.windows.filter(({ last }) => last >= file.probation_rows).length
  return windows
}
