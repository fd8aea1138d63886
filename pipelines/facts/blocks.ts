import type { Table } from '../../schemas/tables.ts'
import type { Block, PresentRows } from '../runner/stage.ts'
import type { ColumnBuilder, NativeValue } from '../store/native/builder.ts'
import { NativeBlock } from '../store/native.ts'
import type { Row } from './rows/row.ts'

/**
 * The rows of a batch, by table and column, on their way into the store. Memory is kept from batch to batch.
 */
export class Blocks {
  private readonly open = new Map<string, OpenBlock>()

  /** The builders of a table's columns, in order, for callers that append a row column by column. */
  buildersOf(table: Table): readonly ColumnBuilder[] {
    return this.blockOf(table).builders
  }

  /** Adds one row given in parts, which together are the table's columns in order. */
  add(table: Table, ...parts: readonly Row[]): void {
    const { builders, integer } = this.blockOf(table)
    let at = 0
    for (const part of parts) {
      for (let i = 0; i < part.length; i++, at++) {
        const value = part[i] as NativeValue
        // Integers beyond 2^53 travel as decimal text in JSON.
        builders[at]!.append(typeof value === 'string' && integer[at] ? BigInt(value) : value)
      }
    }
    if (at !== builders.length) throw new RangeError(`a row of ${table.name} has ${builders.length} columns, got ${at}`)
  }

  /** Adds a row that came from the log, unless it is in the store already. */
  addFrom(table: Table, present: PresentRows, offset: number, row: number, ...parts: readonly Row[]): void {
    if (present.size > 0 && present.has(table.name, offset, row)) return
    this.add(table, ...parts)
  }

  /** All blocks with rows; empty afterwards. */
  finish(): Block[] {
    const out: Block[] = []
    for (const { table, block } of this.open.values()) {
      const { rows } = block
      if (rows > 0) out.push({ table, rows, body: block.finish() })
    }
    return out
  }

  private blockOf(table: Table): OpenBlock {
    let block = this.open.get(table.name)
    if (block === undefined) {
      block = openBlock(table)
      this.open.set(table.name, block)
    }
    return block
  }

  /** Drops all rows. */
  reset(): void {
    for (const { block } of this.open.values()) block.reset()
  }
}

type OpenBlock = {
  readonly table: Table
  readonly block: NativeBlock
  readonly builders: readonly ColumnBuilder[]
  readonly integer: readonly boolean[]
}

function openBlock(table: Table): OpenBlock {
  const block = new NativeBlock(table.columns)
  return {
    table,
    block,
    builders: table.columns.map(({ name }) => block.column(name)),
    integer: table.columns.map(({ type }) => /^(Nullable\()?U?Int(64|128)/.test(type)),
  }
}
