/**
 * Observed and expected sums of one moment over combinations of dimension values. A *leaf* is one combination; no
 * combination stands twice. Leaves that are missing count for nothing.
 */
export type Cube = {
  readonly dimensions: readonly Dimension[]
  /** Per leaf, in the unit of the metric. */
  readonly real: Float64Array
  readonly expected: Float64Array
}

export type Dimension = {
  readonly name: string
  readonly values: readonly string[]
  /** Per leaf, its place in `values`. */
  readonly codes: Int32Array
}

/** Rows as they come: the value of each dimension, then the sums. Equal combinations are added up. */
export type CubeRow = { readonly values: readonly string[]; readonly real: number; readonly expected: number }

/** @param names of the dimensions, in the order of each row's values */
export function cubeOf(names: readonly string[], rows: Iterable<CubeRow>): Cube {
  const dictionaries = names.map(() => new Map<string, number>())
  const codes: number[][] = names.map(() => [])
  const real: number[] = []
  const expected: number[] = []
  for (const row of rows) {
    dictionaries.forEach((dictionary, d) => {
      codes[d]!.push(codeOf(dictionary, row.values[d]!))
    })
    real.push(row.real)
    expected.push(row.expected)
  }
  return mergeLeaves({
    dimensions: names.map((name, d) => ({
      name,
      values: [...dictionaries[d]!.keys()],
      codes: Int32Array.from(codes[d]!),
    })),
    real: Float64Array.from(real),
    expected: Float64Array.from(expected),
  })
}

function codeOf(dictionary: Map<string, number>, value: string): number {
  const known = dictionary.get(value)
  if (known !== undefined) return known
  dictionary.set(value, dictionary.size)
  return dictionary.size - 1
}

function mergeLeaves(cube: Cube): Cube {
  const { ids, count } = combinations(
    cube.dimensions.map(({ codes, values }) => ({ codes, count: values.length })),
    cube.real.length,
  )
  if (count === cube.real.length) return cube
  const first = new Int32Array(count).fill(-1)
  const real = new Float64Array(count)
  const expected = new Float64Array(count)
  ids.forEach((id, row) => {
    if (first[id] === -1) first[id] = row
    real[id]! += cube.real[row]!
    expected[id]! += cube.expected[row]!
  })
  const dimensions = cube.dimensions.map((one) => ({ ...one, codes: first.map((row) => one.codes[row]!) }))
  return { dimensions, real, expected }
}

/**
 * Numbers the combinations of several columns of small integers from 0 on, in the order in which they first come.
 * Without text keys: a table while all combinations fit into one, else pairs in a map of numbers, column by column.
 */
export function combinations(columns: readonly CodeColumn[], rows: number): Numbered {
  const possible = columns.reduce((product, { count }) => product * count, 1)
  if (possible <= TABLE_MAX) return numberByTable(columns, rows, possible)
  let numbered: Numbered = { ids: new Int32Array(rows), count: Math.min(rows, 1) }
  for (const column of columns) numbered = numberPairs(numbered, column)
  return numbered
}

export type CodeColumn = { readonly codes: Int32Array; readonly count: number }
type Numbered = { readonly ids: Int32Array; readonly count: number }

/** 16 MB of Int32. */
const TABLE_MAX = 4_000_000

function numberByTable(columns: readonly CodeColumn[], rows: number, possible: number): Numbered {
  const ids = new Int32Array(rows)
  for (const { codes, count } of columns)
    for (let row = 0; row < rows; row++) ids[row] = ids[row]! * count + codes[row]!
  const table = new Int32Array(possible)
  let seen = 0
  for (let row = 0; row < rows; row++) {
    const key = ids[row]!
    if (table[key] === 0) table[key] = ++seen
    ids[row] = table[key]! - 1
  }
  return { ids, count: seen }
}

function numberPairs(left: Numbered, { codes, count }: CodeColumn): Numbered {
  const ids = new Int32Array(codes.length)
  const known = new Map<number, number>()
  for (let row = 0; row < codes.length; row++) {
    const key = left.ids[row]! * count + codes[row]!
    const id = known.get(key) ?? known.size
    if (id === known.size) known.set(key, id)
    ids[row] = id
  }
  return { ids, count: known.size }
}
