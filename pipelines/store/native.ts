import { ByteWriter, type ColumnBuilder, varintBytes } from './native/builder.ts'
import { builderOf } from './native/types.ts'

/** A column as the block and the store name it; `type` as ClickHouse writes it. */
export type NativeColumn = { readonly name: string; readonly type: string }

/**
 * Rows on their way to the store, by columns, in ClickHouse's Native format: the fastest one to make (no text, no row
 * layout) and to read (the engine takes the columns as they are).
 *
 * @example
 * const block = new NativeBlock([{ name: 'day', type: 'Date' }, { name: 'spend_micros', type: 'Int64' }])
 * const day = block.column('day')
 * const spend = block.column('spend_micros')
 * for (const row of rows) {
 *   day.append(row.day)
 *   spend.append(row.spend_micros)
 * }
 * await store.insertNative('INSERT INTO facts (day, spend_micros) FORMAT Native', block.finish())
 */
export class NativeBlock {
  readonly columns: readonly NativeColumn[]
  readonly #builders: readonly ColumnBuilder[]
  readonly #by_name: ReadonlyMap<string, ColumnBuilder>

  /** @param capacity rows to make room for at first; a block grows beyond it by itself */
  constructor(columns: readonly NativeColumn[], capacity = 1_024) {
    this.columns = columns
    this.#builders = columns.map(({ type }) => builderOf(type, capacity))
    this.#by_name = new Map(columns.map(({ name }, n) => [name, this.#builders[n]!]))
  }

  /** @throws RangeError when there is no such column */
  column(name: string): ColumnBuilder {
    const builder = this.#by_name.get(name)
    if (builder === undefined) throw new RangeError(`the block has no column ${name}`)
    return builder
  }

  /**
   * The builder of a column as its class, for the methods that only this class has.
   *
   * @example block.columnAs('key', FixedStringBuilder).appendWords(a, b, c, d)
   */
  columnAs<T extends ColumnBuilder>(name: string, kind: abstract new (...args: never[]) => T): T {
    const builder = this.column(name)
    if (!(builder instanceof kind)) throw new RangeError(`column ${name} is not built by ${kind.name}`)
    return builder
  }

  /** Rows so far, as the first column counts them. */
  get rows(): number {
    return this.#builders[0]?.rows ?? 0
  }

  /** Size of the block as it would be written now, without names and types. */
  bytes(): number {
    let bytes = 0
    for (const builder of this.#builders) bytes += builder.bytes()
    return bytes
  }

  /**
   * The block as bytes of its own, empty when it has no rows; then the block is empty again and ready for more.
   *
   * @throws RangeError when the columns do not have the same number of rows
   */
  finish(): Buffer {
    const { rows } = this
    for (const [n, builder] of this.#builders.entries()) {
      if (builder.rows === rows) continue
      throw new RangeError(
        `column ${this.columns[n]!.name} has ${builder.rows} rows, ${this.columns[0]!.name} has ${rows}`,
      )
    }
    if (rows === 0) return Buffer.alloc(0)
    const out = new ByteWriter(this.#size(rows))
    out.varint(this.columns.length)
    out.varint(rows)
    for (const [n, { name, type }] of this.columns.entries()) {
      out.text(name)
      out.text(type)
      this.#builders[n]!.writePrefix(out)
      this.#builders[n]!.writeTo(out)
    }
    this.reset()
    return out.buffer.subarray(0, out.at)
  }

  /** Drops all rows. */
  reset(): void {
    for (const builder of this.#builders) builder.reset()
  }

  #size(rows: number): number {
    let bytes = varintBytes(this.columns.length) + varintBytes(rows) + this.bytes()
    for (const { name, type } of this.columns) {
      for (const text of [name, type]) bytes += varintBytes(Buffer.byteLength(text)) + Buffer.byteLength(text)
    }
    return bytes
  }
}
