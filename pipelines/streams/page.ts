/**
 * The windows of a stretch of time that one source partition has counted: a cell for each window and key. Sums are
 * absolute, and each knows behind which offset it stands, so that a record that is in it is never counted again.
 */
export class Page {
  readonly dirty: number[] = []
  private readonly cells = new Map<number, number>()
  private readonly places: number[] = []
  private readonly sums: number[] = []
  /** Records before this offset are in the cell, as it was read back; 0 for a new one. */
  private readonly applied: number[] = []
  private readonly isDirty: boolean[] = []

  get size(): number {
    return this.places.length
  }

  /** Counts a record, unless it is in the cell already. */
  count(place: number, offset: number): void {
    let cell = this.cells.get(place)
    if (cell === undefined) cell = this.add(place, 0, 0)
    if (offset < this.applied[cell]!) return
    this.sums[cell]!++
    if (this.isDirty[cell]!) return
    this.isDirty[cell] = true
    this.dirty.push(cell)
  }

  /** Adds a cell that was read back; the page has none for this place yet. */
  add(place: number, sum: number, applied: number): number {
    const cell = this.places.length
    this.cells.set(place, cell)
    this.places.push(place)
    this.sums.push(sum)
    this.applied.push(applied)
    this.isDirty.push(false)
    return cell
  }

  placeOf(cell: number): number {
    return this.places[cell]!
  }

  sumOf(cell: number): number {
    return this.sums[cell]!
  }

  /** The offset that the cell's row is to say, for a batch that ends at `hi`: never less than what it said before. */
  appliedOf(cell: number, hi: number): number {
    return Math.max(hi, this.applied[cell]!)
  }

  clean(): void {
    for (const cell of this.dirty) this.isDirty[cell] = false
    this.dirty.length = 0
  }
}
