import type { Column, Table } from './tables.ts'

/**
 * A pipeline declared as data, for a topic of flat JSON objects that somebody else writes: which records count, what
 * they are counted by, and whether each is kept as a row too. Adding one is writing a value of this type.
 *
 * Fields are told by name. One that an output needs and a record lacks, or that has no value of its kind, makes the
 * record a dead letter; fields that nobody names are not looked at.
 */
export type StreamSpec = {
  /** Of the pipeline and its consumer group. */
  readonly name: string
  readonly topic: string
  /** Whose dead letters these are. */
  readonly tenant: string
  /** Of the rows it writes; part of the deduplication token. */
  readonly version: number
  readonly windows: readonly StreamWindows[]
  readonly facts: readonly StreamFacts[]
}

/** Records whose field has this value, a text or an integer as it is spelled. */
export type Match = { readonly field: string; readonly is: string }

/**
 * Tumbling windows that count records. A row is absolute: what one source partition has contributed to one key; readers
 * add the partitions. Late records reopen their window, however late they are. A sliding window is the sum of tumbling
 * ones as long as its slide, added by the reader.
 */
export type StreamWindows = {
  readonly table: string
  readonly where?: Match
  /** Field with the event's time, in ms since 1970. */
  readonly time: string
  /** Windows begin at its multiples since 1970. */
  readonly size_ms: number
  readonly by: readonly StreamKey[]
}

/** A column of a window's key: a field, or what a static table has for it. A record that is not in the table is dropped. */
export type StreamKey = {
  readonly column: string
  readonly field: string
  readonly join?: ReadonlyMap<string, string>
}

/** Each record that matches as a row of its own, exactly once. */
export type StreamFacts = {
  readonly table: string
  readonly where?: Match
  readonly columns: readonly StreamColumn[]
}

/**
 * `word` is a text of few different values, `time` ms since 1970. An integer may be multiplied by another: 0.908 of it in
 * thousandths is 908 times it.
 */
export type StreamColumn = {
  readonly column: string
  readonly field: string
  readonly kind: 'word' | 'text' | 'time' | 'integer'
  readonly times?: number
}

/** Where on the log a row comes from. */
const SOURCE: readonly Column[] = [
  { name: '_topic', type: 'LowCardinality(String)' },
  { name: '_partition', type: 'UInt16' },
]

export function streamWindowsTable({ by, table }: StreamWindows): Table {
  return {
    name: table,
    columns: [
      { name: 'start', type: "DateTime64(3, 'UTC')" },
      ...by.map(({ column }) => ({ name: column, type: 'String' })),
      ...SOURCE,
      { name: 'events', type: 'Int64' },
      // generation × 2^40 + offset: grows with every writer and every batch, never taken from a clock.
      { name: 'version', type: 'UInt64' },
      // Records before this offset are in the row: reading it back makes a replay add nothing.
      { name: 'applied', type: 'Int64' },
    ],
  }
}

export function streamFactsTable({ columns, table }: StreamFacts): Table {
  return {
    name: table,
    columns: [
      ...columns.map(({ column, kind }) => ({ name: column, type: COLUMN_TYPES[kind] })),
      ...SOURCE,
      { name: '_offset', type: 'Int64' },
      { name: '_row', type: 'UInt16' },
    ],
  }
}

const COLUMN_TYPES: Readonly<Record<StreamColumn['kind'], string>> = {
  word: 'LowCardinality(String)',
  text: 'String',
  time: "DateTime64(3, 'UTC')",
  integer: 'Int64',
}

/** Names of all fields that a stream looks at, each once. */
export function streamFields({ facts, windows }: StreamSpec): string[] {
  const names = new Set<string>()
  for (const { where } of [...windows, ...facts]) if (where !== undefined) names.add(where.field)
  for (const { by, time } of windows) for (const name of [time, ...by.map(({ field }) => field)]) names.add(name)
  for (const { columns } of facts) for (const { field } of columns) names.add(field)
  return [...names]
}
