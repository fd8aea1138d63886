import type { Column } from '../../../schemas/tables.ts'
import { DAY_SLOT, ENVELOPE, H_SLOT, RUN, SEALED } from '../../scan/families.ts'
import type { Field, Layout } from '../../scan/layout.ts'
import type { Tape } from '../../scan/tape.ts'
import type { ColumnBuilder, NumbersBuilder } from '../../store/native/builder.ts'
import { FixedStringBuilder } from '../../store/native/fixed.ts'
import { LowCardinalityBuilder } from '../../store/native/low-cardinality.ts'
import { StringBuilder } from '../../store/native/text.ts'
import { Int64Builder } from '../../store/native/wide.ts'
import type { BatchSource, Selection } from './selection.ts'

/** Appends one column of the selected rows. */
export type Fill = (source: BatchSource, rows: Selection) => void

/**
 * How a column of a table is filled from the tapes. A column takes the field of its name, or of the name in
 * {@link FIELD_OF}: of the list's object where there is one, else of the event's data, else of what is sealed.
 *
 * @param slots  places on the event tape that are no field, by column
 * @throws RangeError when the column has no source: a table and its layout do not fit
 */
export function fillOf(column: Column, builder: ColumnBuilder, from: ColumnsFrom): Fill {
  const { name } = column
  const own = OWN[name]
  if (own !== undefined) return own(builder)
  const slot = from.slots?.[name]
  if (slot !== undefined) return wordFill(builder, slot, eventRows)
  const field = FIELD_OF[name] ?? name
  const item = from.items?.fields.find((one) => one.name === field)
  if (item !== undefined) return fieldFill(name, builder, item, childRows)
  const found = [...from.data.fields, ...SEALED.fields, ...RUN.fields, ...ENVELOPE.fields].find(
    (one) => one.name === field,
  )
  if (found === undefined) throw new RangeError(`nothing to fill the column ${name} with`)
  return fieldFill(name, builder, found, eventRows)
}

export type ColumnsFrom = {
  readonly data: Layout
  readonly items?: Layout
  readonly slots?: Readonly<Record<string, number>>
}

const FIELD_OF: Readonly<Record<string, string>> = {
  ordered_at: 'ordered_ms',
  occurred_at: 'occurred_ms',
  cancelled_at: 'cancelled_ms',
  utc_offset_min: 'offset_min',
  hour_start: 'hour_ms',
  personal: 'blob',
}

type Which = (source: BatchSource, rows: Selection) => { readonly tape: Tape; readonly rows: Int32Array }
const eventRows: Which = ({ events }, rows) => ({ tape: events, rows: rows.events })
const childRows: Which = ({ children }, rows) => ({ tape: children, rows: rows.children })

function fieldFill(name: string, builder: ColumnBuilder, field: Field, which: Which): Fill {
  switch (field.kind) {
    case 'word':
    case 'label':
      return wordFill(builder, field.slot, which)
    case 'id':
    case 'text':
    case 'object':
      return rangeFill(builder, field.slot, which)
    case 'list':
      throw new RangeError(`the column ${name} cannot hold a list`)
    default:
      // DateTime is in seconds, and only hours go into one.
      return numberFill(builder, field.slot, name === 'hour_start' ? 1_000 : 1, which)
  }
}

function wordFill(builder: ColumnBuilder, slot: number, which: Which): Fill {
  const texts = asClass(builder, LowCardinalityBuilder)
  return (source, rows) => texts.appendWords(gather(which(source, rows), slot, rows.count), rows.count, source.words)
}

function numberFill(builder: ColumnBuilder, slot: number, divisor: number, which: Which): Fill {
  const numbers = asNumbers(builder)
  return (source, rows) => {
    const values = gather(which(source, rows), slot, rows.count)
    if (divisor !== 1) for (let n = 0; n < rows.count; n++) values[n]! /= divisor
    numbers.appendNumbers(values, rows.count)
  }
}

function rangeFill(builder: ColumnBuilder, slot: number, which: Which): Fill {
  const texts = asClass(builder, StringBuilder)
  return (source, rows) => {
    const { rows: places, tape } = which(source, rows)
    const { slots, width } = tape
    for (let n = 0; n < rows.count; n++) {
      const at = places[n]! * width + slot
      const start = slots[at]!
      const end = slots[at + 1]!
      if (start === end) texts.appendDefault()
      else texts.appendBytes(source.records.sourceAt(rows.records[n]!), start, end)
    }
  }
}

/** Columns that are no field of the event. */
const OWN: Readonly<Record<string, (builder: ColumnBuilder) => Fill>> = {
  id_hash(builder) {
    const hashes = asClass(builder, FixedStringBuilder)
    return (source, rows) => hashes.appendHashes(source.hashes, rows.records, rows.count)
  },
  content(builder) {
    const contents = asClass(builder, Int64Builder)
    return ({ events: { slots, width } }, rows) => {
      for (let n = 0; n < rows.count; n++) {
        const at = rows.events[n]! * width + H_SLOT
        contents.appendHalves(slots[at + 1]!, slots[at]!)
      }
    }
  },
  day: (builder) => numberFill(builder, DAY_SLOT, 1, eventRows),
  received_at(builder) {
    const numbers = asNumbers(builder)
    return ({ records }, rows) => {
      const values = room(rows.count)
      for (let n = 0; n < rows.count; n++) values[n] = records.timestampOf(rows.records[n]!)
      numbers.appendNumbers(values, rows.count)
    }
  },
  _offset(builder) {
    const numbers = asNumbers(builder)
    return ({ records }, rows) => {
      const values = room(rows.count)
      for (let n = 0; n < rows.count; n++) values[n] = records.offsetOf(rows.records[n]!)
      numbers.appendNumbers(values, rows.count)
    }
  },
  _partition(builder) {
    const numbers = asNumbers(builder)
    return ({ partition }, rows) => numbers.appendNumbers(room(rows.count).fill(partition, 0, rows.count), rows.count)
  },
  _row(builder) {
    const numbers = asNumbers(builder)
    return (_source, rows) => {
      const values = room(rows.count)
      for (let n = 0; n < rows.count; n++) values[n] = rows.numbers[n]!
      numbers.appendNumbers(values, rows.count)
    }
  },
  _topic(builder) {
    const topics = asClass(builder, LowCardinalityBuilder)
    return (source, rows) => topics.appendRepeated(source.topic, rows.count)
  },
}

/** The slots of one field, one after the other; valid until the next call. */
function gather({ rows, tape }: { tape: Tape; rows: Int32Array }, slot: number, count: number): Float64Array {
  const values = room(count)
  const { slots, width } = tape
  for (let n = 0; n < count; n++) values[n] = slots[rows[n]! * width + slot]!
  return values
}

// Filled and read within one synchronous call.
let scratch = new Float64Array(1_024)
function room(count: number): Float64Array {
  if (scratch.length < count) scratch = new Float64Array(count * 2)
  return scratch
}

function asNumbers(builder: ColumnBuilder): NumbersBuilder {
  const { appendNumbers } = builder as Partial<NumbersBuilder>
  if (appendNumbers === undefined) throw new RangeError(`${builder.constructor.name} takes no numbers`)
  return builder as NumbersBuilder
}

function asClass<T extends ColumnBuilder>(builder: ColumnBuilder, kind: abstract new (...args: never[]) => T): T {
  if (!(builder instanceof kind))
    throw new RangeError(`a column is built by ${builder.constructor.name}, not ${kind.name}`)
  return builder
}
