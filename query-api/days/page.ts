import { COMMERCE_SLICE, WINDOW_SUMS } from '../../schemas/windows.ts'

/** All windows of one tenant, shape and day, added up over the partitions of the log that they come from. */
export type DayPage = {
  /** Days since 1970. */
  readonly day: number
  readonly keys: readonly SliceKey[]
  /** The slice of each cell. */
  readonly slices: Labels
  /** Of each dimension that the shape has besides those of a key, the label of each cell. */
  readonly extra: readonly Labels[]
  /** {@link WIDTH} a cell, in the order of WINDOW_SUMS: integers, all of them safe ones. */
  readonly sums: Float64Array
  /** With reports of deliveries. */
  readonly platforms: readonly string[]
  /** Of choices that were asked for, the cells: see chosen.ts. */
  readonly chosen: Map<string, Chosen>
}

/** Some cells of each key: those of key k are from `ends[k - 1]`, or 0, to before `ends[k]`. */
export type Chosen = { readonly cells: Uint32Array; readonly ends: Uint32Array }

/** What slices are chosen for within a day, and which cells it has: from `first` to before `end`. */
export type SliceKey = {
  /** Most often the same object for the same labels, in all pages. */
  readonly labels: KeyLabels
  readonly first: number
  readonly end: number
}
export type KeyLabels = Readonly<Record<KeyField, string>>
export type KeyField = (typeof KEY_FIELDS)[number]
export const KEY_FIELDS = ['platform', 'account', 'campaign', 'currency'] as const

/** A column of texts in which few differ: cell i has `values[at[i]]`. '' is unknown. */
export type Labels = { readonly values: readonly string[]; readonly at: Uint16Array }

export const WIDTH = WINDOW_SUMS.length
/** Where a sum stands in a cell. */
export const placeOf: ReadonlyMap<string, number> = new Map(WINDOW_SUMS.map((name, i) => [name, i]))

/** One cell as it was read. */
export type CellRow = {
  readonly day: number
  readonly key: KeyLabels
  readonly slice: string
  readonly extra: readonly string[]
  readonly sums: readonly number[]
}

/**
 * Pure: cells of one day in any order → their page.
 *
 * @param rows those of one key have the same object for it
 * @param extra number of dimensions besides those of a key
 */
export function pageOf(day: number, rows: readonly CellRow[], extra: number): DayPage {
  const sorted: CellRow[] = []
  const keys: SliceKey[] = []
  for (const [labels, cells] of Map.groupBy(rows, ({ key }) => key)) {
    keys.push({ labels, first: sorted.length, end: sorted.length + cells.length })
    sorted.push(...cells)
  }
  const sums = new Float64Array(sorted.length * WIDTH)
  for (const [i, cell] of sorted.entries()) sums.set(cell.sums, i * WIDTH)
  const delivered = sorted.filter(({ slice }) => slice !== COMMERCE_SLICE)
  return {
    day,
    keys,
    slices: labelsOf(sorted.map(({ slice }) => slice)),
    extra: Array.from({ length: extra }, (_, i) => labelsOf(sorted.map((cell) => cell.extra[i]!))),
    sums,
    platforms: [...new Set(delivered.map(({ key }) => key.platform))],
    chosen: new Map(),
  }
}

function labelsOf(texts: readonly string[]): Labels {
  const numbers = new Map<string, number>()
  const at = Uint16Array.from(texts, (text) => {
    const known = numbers.get(text)
    if (known !== undefined) return known
    numbers.set(text, numbers.size)
    return numbers.size - 1
  })
  return { values: [...numbers.keys()], at }
}
