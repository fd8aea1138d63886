import { WINDOW_SUMS } from '../../schemas/windows.ts'
import { addExact, type Sum } from './contribution.ts'

/**
 * The sums of many cells in one typed array, because an array of numbers per cell is most of what the collector of
 * garbage would have to copy. Exact: a cell of which a sum leaves the safe integers goes on as numbers and bigints.
 */
export class SumSlab {
  private sums: Float64Array
  private readonly wide = new Map<number, Sum[]>()

  /** @param capacity cells to make room for at first */
  constructor(capacity: number) {
    this.sums = new Float64Array(capacity * WIDTH)
  }

  /** Makes room for a number of cells; the new ones are all zeros. */
  reserve(cells: number): void {
    if (cells * WIDTH <= this.sums.length) return
    const grown = new Float64Array(Math.max(cells * WIDTH, this.sums.length * 2))
    grown.set(this.sums)
    this.sums = grown
  }

  /**
   * Adds values × sign to the sums at `places` (in WINDOW_SUMS) of a cell.
   *
   * @param from  where the first value is in `values`
   */
  addNumbers(cell: number, places: readonly number[], values: Float64Array, from: number, sign: number): void {
    const base = cell * WIDTH
    const isNarrow = this.wide.size === 0 || !this.wide.has(cell)
    for (let i = 0; i < places.length; i++) {
      const value = values[from + i]!
      const at = base + places[i]!
      const sum = this.sums[at]! + sign * value
      if (isNarrow && sum <= Number.MAX_SAFE_INTEGER && sum >= -Number.MAX_SAFE_INTEGER) this.sums[at] = sum
      else {
        // The rest of them too: from now on the cell's sums are the wide ones.
        this.add(
          cell,
          places.slice(i),
          Array.from(values.subarray(from + i, from + places.length)),
          sign === 1 ? 1 : -1,
        )
        return
      }
    }
  }

  /** The same for values of which some are beyond numbers. */
  add(cell: number, places: readonly number[], values: readonly Sum[], sign: 1 | -1): void {
    const base = cell * WIDTH
    for (let i = 0; i < places.length; i++) {
      const value = values[i]!
      const at = base + places[i]!
      if (typeof value === 'number' && (this.wide.size === 0 || !this.wide.has(cell))) {
        const sum = sign === 1 ? this.sums[at]! + value : this.sums[at]! - value
        if (sum <= Number.MAX_SAFE_INTEGER && sum >= -Number.MAX_SAFE_INTEGER) {
          this.sums[at] = sum
          continue
        }
      }
      const wide = this.widen(cell)
      wide[places[i]!] = addExact(wide[places[i]!]!, value, sign)
    }
  }

  /** Sets all sums of a cell. */
  set(cell: number, sums: readonly Sum[]): void {
    if (sums.every((sum) => typeof sum === 'number')) this.sums.set(sums, cell * WIDTH)
    else this.wide.set(cell, [...sums])
  }

  get(cell: number, place: number): Sum {
    if (this.wide.size > 0) {
      const wide = this.wide.get(cell)
      if (wide !== undefined) return wide[place]!
    }
    return this.sums[cell * WIDTH + place]!
  }

  /** The sum at one place of each of the cells; false where cells may be beyond numbers. */
  copy(cells: readonly number[], place: number, out: Float64Array): boolean {
    if (this.wide.size > 0) return false
    for (let n = 0; n < cells.length; n++) out[n] = this.sums[cells[n]! * WIDTH + place]!
    return true
  }

  private widen(cell: number): Sum[] {
    let wide = this.wide.get(cell)
    if (wide === undefined) {
      wide = Array.from(this.sums.subarray(cell * WIDTH, (cell + 1) * WIDTH))
      this.wide.set(cell, wide)
    }
    return wide
  }
}

const WIDTH = WINDOW_SUMS.length
