import { WINDOW_SUMS } from '../../schemas/windows.ts'

/** All windows of one tenant, shape and day, added up over the partitions of the log that they come from. */
export type DayPage = {
  /** Days since 1970. */
  readonly day: number
  readonly keys: readonly SliceKey[]
  /** Slice of each cell. */
  readonly slices: readonly string[]
  /** Of each dimension that the shape has besides those of a key, the value of each cell; '' is unknown. */
  readonly extra: readonly (readonly string[])[]
  /** {@link WIDTH} a cell, in the order of WINDOW_SUMS: integers, all of them safe ones. */
  readonly sums: Float64Array
}

/** What slices are chosen for within a day, and which cells it has: from `first` to before `end`. */
export type SliceKey = {
  readonly platform: string
  readonly account: string
  readonly campaign: string
  readonly currency: string
  readonly first: number
  readonly end: number
}

export const WIDTH = WINDOW_SUMS.length
/** Where a sum stands in a cell. */
export const placeOf: ReadonlyMap<string, number> = new Map(WINDOW_SUMS.map((name, i) => [name, i]))

/** One cell as it was read. */
export type CellRow = {
  readonly day: number
  /** platform, account, campaign, currency */
  readonly key: readonly [string, string, string, string]
  readonly slice: string
  readonly extra: readonly string[]
  readonly sums: readonly number[]
}

/** Pure: cells of one day in any order → their page. */
export function pageOf(day: number, rows: readonly CellRow[], extra: number): DayPage {
  const byKey = Map.groupBy(rows, ({ key }) => key.join('\0'))
  const keys: SliceKey[] = []
  const slices: string[] = []
  const columns: string[][] = Array.from({ length: extra }, () => [])
  const sums = new Float64Array(rows.length * WIDTH)
  for (const cells of byKey.values()) {
    const [platform, account, campaign, currency] = cells[0]!.key
    const first = slices.length
    for (const cell of cells) {
      sums.set(cell.sums, slices.length * WIDTH)
      slices.push(cell.slice)
      for (const [i, column] of columns.entries()) column.push(cell.extra[i]!)
    }
    keys.push({ platform, account, campaign, currency, first, end: slices.length })
  }
  return { day, keys, slices, extra: columns, sums }
}
