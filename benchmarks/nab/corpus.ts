import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One labelled series of the Numenta Anomaly Benchmark. */
export type NabFile = {
  /** `realTweets/Twitter_volume_AAPL.csv` */
  readonly name: string
  readonly category: string
  /** As they stand in the file. */
  readonly timestamps: readonly string[]
  /** As they stand in the file. */
  readonly values: readonly string[]
  /** Labelled windows in the order of time. */
  readonly windows: readonly NabWindow[]
  /** Rows at the start that are not scored. */
  readonly probation_rows: number
}

/** Places of the first and the last row of a window, both within it. */
export type NabWindow = { readonly first: number; readonly last: number }

const PROBATION_SHARE = 0.15
const PROBATION_ROWS_MAX = 750

/**
 * The files of the benchmark that lie in a folder. `combined_windows.json` says which; rows are matched by position,
 * since some files repeat an hour at a change of clocks.
 *
 * @param dir the folder `nab` of the shared data
 * @throws Error when a file is missing, or a window begins or ends at a time that its file does not have
 */
export async function readNab(dir: string): Promise<NabFile[]> {
  const windows: Record<string, [string, string][]> = JSON.parse(
    await readFile(join(dir, 'combined_windows.json'), 'utf8'),
  )
  return Promise.all(
    Object.keys(windows)
      .toSorted()
      .map(async (name) => parseNabFile(name, await readFile(join(dir, name), 'utf8'), windows[name]!)),
  )
}

/** @param limits first and last time of each window; their fractions of a second are not in the files */
export function parseNabFile(name: string, text: string, limits: readonly (readonly [string, string])[]): NabFile {
  const rows = text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(',') as [string, string])
  const timestamps = rows.map(([time]) => time)
  const placeOf = (time: string) => {
    const place = timestamps.indexOf(time.replace(/\.0+$/, ''))
    if (place === -1) throw new Error(`${name} has no row of ${time}, where a window begins or ends`)
    return place
  }
  return {
    name,
    category: name.slice(0, name.indexOf('/')),
    timestamps,
    values: rows.map(([, value]) => value),
    windows: limits
      .map(([from, to]) => ({ first: placeOf(from), last: placeOf(to) }))
      .toSorted((a, b) => a.first - b.first),
    probation_rows: Math.floor(Math.min(PROBATION_SHARE * rows.length, PROBATION_ROWS_MAX)),
  }
}
