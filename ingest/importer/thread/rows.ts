import { hash } from 'node:crypto'
import type { Rejection } from '../../../schemas/parse.ts'
import { isNestedTooDeeply, NESTED_LENGTH_MIN, NESTED_REASON } from '../../nesting.ts'
import { ImportError } from '../error.ts'
import { type CompiledMapping, compileMapping, type Settings } from '../mapping/compile.ts'
import type { Mapping } from '../mapping/format.ts'
import type { Cells } from '../mapping/write-row.ts'
import { cellsOf, valuesOf, wordsOf } from '../read/cells.ts'
import { Occurrences } from './occurrences.ts'

/** A record of the file as an event's envelope, or why it is none; `raw` is what can be mended and sent again. */
export type Row =
  | { readonly ok: true; readonly raw: unknown }
  | { readonly ok: false; readonly raw: unknown; readonly rejection: Rejection }

/** Reads record after record: `read` one, then `write` it or, where that gives -1, ask for its `row`. */
export type RowReader = {
  /** Reads the header; only where the mapping has one and it is not known yet. */
  header(record: string): void
  readonly columns: readonly string[] | null
  readonly needs_header: boolean
  read(record: string): void
  /** The event of the record as JSON text in `out`: @returns its length, or -1 where only `row` can tell. */
  write(out: Uint8Array): number
  row(): Row
  /** Lets a record that was sent before count as an earlier occurrence of its line. */
  pass(record: string): void
}

/**
 * Reads records by a mapping. Nothing is validated here but what the mapping itself says.
 *
 * @param columns the header, when it has been read before
 */
export function rowReader(
  mapping: Mapping,
  settings: Settings,
  tenant: string,
  columns: readonly string[] | null,
): RowReader {
  if (mapping.envelope) return readyEvents()
  const compiled = compileMapping(mapping, settings)
  const occurrences = compiled.native_key ? undefined : new Occurrences()
  const cells = cellReader(mapping, compiled)
  let cellsRead: Cells | Rejection = []
  let own: string | undefined
  let text = ''
  const known = columns ?? (mapping.format === 'ndjson' || mapping.header ? null : (mapping.columns ?? null))
  if (known !== null) cells.header(known)

  return {
    needs_header: mapping.format !== 'ndjson' && mapping.header && known === null,
    get columns() {
      return cells.columns
    },
    header(record) {
      cells.header(split(mapping, record))
    },
    read(record) {
      text = record
      own = occurrences === undefined ? undefined : lineId(tenant, mapping.name, record, occurrences)
      cellsRead = cells.read(record)
    },
    write(out) {
      return 'code' in cellsRead ? -1 : compiled.write(cellsRead, own, out)
    },
    row() {
      if ('code' in cellsRead) return { ok: false, raw: text, rejection: cellsRead }
      const mapped = compiled.row(cellsRead)
      if (own !== undefined) mapped.envelope.id = own
      return mapped.ok
        ? { ok: true, raw: mapped.envelope }
        : { ok: false, raw: mapped.envelope, rejection: mapped.rejection }
    },
    pass(record) {
      occurrences?.next(record.trim())
    },
  }
}

/** id = SHA-256(tenant, mapping, trimmed line, k) for the k-th occurrence of the line in its file. */
function lineId(tenant: string, mapping: string, record: string, occurrences: Occurrences): string {
  const line = record.trim()
  return hash('sha256', `${tenant}\0${mapping}\0${line}\0${occurrences.next(line)}`, 'hex')
}

function readyEvents(): RowReader {
  let text = ''
  return {
    needs_header: false,
    columns: null,
    header() {},
    read(record) {
      text = record
    },
    write: () => -1,
    row() {
      const parsed = parseJson(text)
      return 'code' in parsed ? { ok: false, raw: text, rejection: parsed } : { ok: true, raw: parsed.json }
    },
    pass() {},
  }
}

type CellReader = {
  columns: readonly string[] | null
  header(names: readonly string[]): void
  read(record: string): Cells | Rejection
}

function cellReader(mapping: Mapping, compiled: CompiledMapping): CellReader {
  if (mapping.format === 'ndjson') {
    const paths = compiled.columns.map(({ name }) => name.split('.'))
    return {
      columns: null,
      header() {},
      read(record) {
        const parsed = parseJson(record)
        if ('code' in parsed) return parsed
        const { json } = parsed
        if (typeof json !== 'object' || json === null || Array.isArray(json)) return malformed('not a JSON object')
        const values = valuesOf(json, paths)
        return 'lost' in values ? malformed(`${values.lost} is beyond 2^53: write it as a string`) : values
      },
    }
  }
  let positions: number[] = []
  const reader: CellReader = {
    columns: null,
    header(names) {
      positions = positionsOf(names, compiled, mapping)
      reader.columns = names
    },
    read(record) {
      const all = split(mapping, record)
      const expected = reader.columns!.length
      if (all.length !== expected) return malformed(`${all.length} cells where the file has ${expected} columns`)
      return positions.map((position) => (position === -1 ? undefined : all[position]))
    },
  }
  return reader
}

function split(mapping: Mapping, record: string): string[] {
  return mapping.format === 'csv' ? cellsOf(record, mapping.delimiter) : wordsOf(record)
}

function positionsOf(names: readonly string[], compiled: CompiledMapping, mapping: Mapping): number[] {
  const positions = compiled.columns.map(({ name }) => names.indexOf(name))
  const lacking = compiled.columns.filter(({ optional }, i) => positions[i] === -1 && !optional).map((c) => c.name)
  if (lacking.length === 0) return positions
  throw new ImportError(
    'mapping_mismatch',
    `the file does not fit the mapping ${mapping.name}: it has no column ${lacking.join(', ')}; ` +
      `it has ${names.slice(0, 100).join(', ').slice(0, 2000)}`,
  )
}

function parseJson(record: string): { readonly json: unknown } | Rejection {
  try {
    const json: unknown = JSON.parse(record)
    if (record.length > NESTED_LENGTH_MIN && isNestedTooDeeply(json)) return malformed(NESTED_REASON)
    return { json }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { code: 'invalid_json', path: '', reason: error.message.slice(0, 200) }
  }
}

function malformed(reason: string): Rejection {
  return { code: 'malformed_line', path: '', reason }
}
