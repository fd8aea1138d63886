import type { Rejection } from '../../schemas/parse.ts'
import { type StreamColumn, type StreamFacts, streamFactsTable } from '../../schemas/streams.ts'
import type { Table } from '../../schemas/tables.ts'
import type { Block, PartitionContext } from '../runner/stage.ts'
import type { Words } from '../scan/words.ts'
import type { NumbersBuilder } from '../store/native/builder.ts'
import { LowCardinalityBuilder } from '../store/native/low-cardinality.ts'
import { StringBuilder } from '../store/native/text.ts'
import { NativeBlock } from '../store/native.ts'
import { invalid, missing, type Output } from './output.ts'
import type { FlatReader } from './reader.ts'
import { type CompiledMatch, compileMatch, integerAt, matches, timeAt, wordAt } from './values.ts'

/** Each record as a row of its own, by columns. Numbers and words of a stretch are handed over together. */
export class FactsOutput implements Output {
  private readonly table: Table
  private readonly context: PartitionContext
  private readonly reader: FlatReader
  private readonly words: Words
  private readonly where: CompiledMatch | undefined
  private readonly rows: NativeBlock
  private readonly columns: readonly Column[]
  private readonly topic: LowCardinalityBuilder
  private readonly offsets: Float64Array
  private readonly zeros: Float64Array
  private readonly partitions: Float64Array
  /** Rows of this stretch. */
  private count = 0

  /** @param stretch most records between two calls of `settle` */
  constructor(facts: StreamFacts, context: PartitionContext, reader: FlatReader, words: Words, stretch: number) {
    this.table = streamFactsTable(facts)
    this.context = context
    this.reader = reader
    this.words = words
    this.where = compileMatch(facts.where, reader)
    this.rows = new NativeBlock(this.table.columns, stretch)
    this.columns = facts.columns.map((column) => compile(column, this.rows, reader, stretch))
    this.topic = this.rows.columnAs('_topic', LowCardinalityBuilder)
    this.offsets = new Float64Array(stretch)
    this.zeros = new Float64Array(stretch)
    this.partitions = new Float64Array(stretch).fill(context.claim.partition)
  }

  look(): boolean | Rejection {
    const { columns, reader } = this
    if (!matches(this.where, reader)) return false
    for (let n = 0; n < columns.length; n++) {
      const column = columns[n]!
      const { field, kind } = column
      if (reader.places[field * 2] === -1) return missing(reader, field)
      if (kind !== 'time' && kind !== 'integer') continue
      const value = kind === 'time' ? timeAt(reader, field) : integerAt(reader, field) * column.times
      if (!Number.isSafeInteger(value)) return invalid(reader, field, kind === 'time' ? 'ms since 1970' : 'an integer')
      column.values[this.count] = value
    }
    return true
  }

  take(offset: number): void {
    const { columns, context, reader } = this
    if (context.present.size > 0 && context.present.has(this.table.name, offset, 0)) return
    for (let n = 0; n < columns.length; n++) {
      const { field, kind, texts, values } = columns[n]!
      if (kind === 'text') texts!.appendBytes(reader.bytes, reader.places[field * 2]!, reader.places[field * 2 + 1]!)
      else if (kind === 'word') values[this.count] = wordAt(reader, field, this.words)
    }
    this.offsets[this.count++] = offset
  }

  async settle(): Promise<void> {
    const { count, partitions, rows, words, zeros } = this
    for (const { kind, name, values } of this.columns) {
      if (kind === 'word') rows.columnAs(name, LowCardinalityBuilder).appendWords(values, count, words)
      else if (kind !== 'text') numbers(rows, name).appendNumbers(values, count)
    }
    this.topic.appendRepeated(this.context.claim.topic, count)
    numbers(rows, '_partition').appendNumbers(partitions, count)
    numbers(rows, '_offset').appendNumbers(this.offsets, count)
    numbers(rows, '_row').appendNumbers(zeros, count)
    this.count = 0
  }

  block(): Block {
    const { rows } = this.rows
    return { table: this.table, rows, body: this.rows.finish() }
  }

  committed(): void {}

  /** Rows of a batch that was given up. */
  forget(): void {
    this.rows.reset()
    this.count = 0
  }
}

type Column = {
  readonly name: string
  readonly field: number
  readonly kind: StreamColumn['kind']
  readonly times: number
  readonly texts: StringBuilder | undefined
  /** Of this stretch. */
  readonly values: Float64Array
}

function compile(
  { column, field, kind, times = 1 }: StreamColumn,
  rows: NativeBlock,
  reader: FlatReader,
  stretch: number,
): Column {
  return {
    name: column,
    field: reader.numberOf(field),
    kind,
    times,
    texts: kind === 'text' ? rows.columnAs(column, StringBuilder) : undefined,
    values: new Float64Array(kind === 'text' ? 0 : stretch),
  }
}

function numbers(rows: NativeBlock, name: string): NumbersBuilder {
  return rows.column(name) as NumbersBuilder
}
