/**
 * Histories of customers in columns, equal ones put together: what likelihoods are summed over. Times in weeks since
 * the customer's first order, which itself is not counted (it is why the customer is there at all).
 */
export type Rows = {
  readonly size: number
  /** Repeat orders. */
  readonly x: Float64Array
  /** Time of the last order; 0 where there was no repeat order. */
  readonly t_x: Float64Array
  /** Time until the cut, ≥ t_x. */
  readonly T: Float64Array
  /** How many customers have this history. */
  readonly weight: Float64Array
  /** Σ over repeat orders of ln(time since the order before): the regularity of buying is in there (Erlang-k). */
  readonly ln_gaps: Float64Array
  /** Row of each customer, in the order they were given. */
  readonly of: Int32Array
  /** Every count of repeat orders that there is, and its place there for each row. */
  readonly counts: Float64Array
  readonly count_of: Int32Array
}

export type History = {
  readonly x: number
  readonly t_x: number
  readonly T: number
  readonly ln_gaps?: number
  readonly weight?: number
}

/** Puts equal histories together: two thirds of a shop's customers bought once, and on few different days. */
export function toRows(histories: readonly History[]): Rows {
  const index = new Map<string, number>()
  const of = new Int32Array(histories.length)
  const unique: History[] = []
  const weights: number[] = []
  histories.forEach((history, i) => {
    const { x, t_x, T, ln_gaps = 0, weight = 1 } = history
    const key = `${x},${t_x},${T},${ln_gaps}`
    let row = index.get(key)
    if (row === undefined) {
      row = unique.push(history) - 1
      weights.push(0)
      index.set(key, row)
    }
    weights[row]! += weight
    of[i] = row
  })
  const counts = [...new Set(unique.map(({ x }) => x))]
  const place = new Map(counts.map((x, at) => [x, at]))
  return {
    size: unique.length,
    x: Float64Array.from(unique, ({ x }) => x),
    t_x: Float64Array.from(unique, ({ t_x }) => t_x),
    T: Float64Array.from(unique, ({ T }) => T),
    ln_gaps: Float64Array.from(unique, ({ ln_gaps = 0 }) => ln_gaps),
    weight: Float64Array.from(weights),
    of,
    counts: Float64Array.from(counts),
    count_of: Int32Array.from(unique, ({ x }) => place.get(x)!),
  }
}

/**
 * f at every count of orders, for each row, computed once per count: most customers have 0, 1 or 2, and log-gamma is
 * dear. One customer with 10,000 orders costs one entry.
 */
export function byCount({ counts, count_of }: Rows, f: (x: number) => number): Float64Array {
  const known = counts.map(f)
  const out = new Float64Array(count_of.length)
  for (let i = 0; i < out.length; i++) out[i] = known[count_of[i]!]!
  return out
}
