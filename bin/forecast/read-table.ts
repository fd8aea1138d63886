import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { cellsOf } from '../../ingest/importer/read/cells.ts'
import { recordSplitter } from '../../ingest/importer/read/records.ts'
import { fileError } from './file-error.ts'

/** A row of a file with a header: the cells of the columns asked for, undefined only where the header lacks one. */
export type TableRow<Column extends string> = {
  readonly line: number
  readonly cells: Readonly<Record<Column, string | undefined>>
}

/**
 * Rows of a CSV file (RFC 4180) by the names in its header, whatever their order; gzip is known by its first bytes.
 *
 * @throws Error naming the file and the columns that are needed and missing, or the line that cannot be read
 */
export async function readTable<Column extends string>(
  file: string,
  columns: readonly Column[],
  needed: readonly Column[],
): Promise<TableRow<Column>[]> {
  const rows: TableRow<Column>[] = []
  let header: Header<Column> | null = null
  const splitter = recordSplitter(
    { delimiter: ',', bytes: 0, lines: 0 },
    {
      record(text, line) {
        if (text.trim() === '') return
        const cells = cellsOf(text, ',')
        if (header === null) header = headerOf(cells, columns, needed, file)
        else if (cells.length !== header.count) {
          throw new Error(`line ${line} of ${file} has ${cells.length} columns, its header ${header.count}`)
        } else rows.push({ line, cells: pick(cells, header) })
      },
      bad(_text, line, _code, reason) {
        throw new Error(`line ${line} of ${file}: ${reason}`)
      },
    },
  )
  splitter.push(await unzipped(file))
  splitter.end()
  if (header === null) throw new Error(`${file} is empty: a header with ${needed.join(', ')} is needed`)
  return rows
}

async function unzipped(file: string): Promise<Buffer> {
  try {
    const bytes = await readFile(file)
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? await promisify(gunzip)(bytes) : bytes
  } catch (error) {
    throw fileError(file, error)
  }
}

type Header<Column extends string> = {
  readonly count: number
  readonly places: readonly (readonly [Column, number])[]
}

function headerOf<Column extends string>(
  header: readonly string[],
  columns: readonly Column[],
  needed: readonly Column[],
  file: string,
): Header<Column> {
  const names = header.map((name) =>
    name
      .replace(/^\uFEFF/, '')
      .trim()
      .toLowerCase(),
  )
  const missing = needed.filter((name) => !names.includes(name))
  if (missing.length > 0) throw new Error(`the header of ${file} has no ${missing.join(', ')}`)
  return { count: header.length, places: columns.map((name) => [name, names.indexOf(name)]) }
}

function pick<Column extends string>(cells: readonly string[], { places }: Header<Column>) {
  const picked: Partial<Record<Column, string>> = {}
  for (const [name, place] of places) {
    const cell = cells[place]
    if (cell !== undefined) picked[name] = cell.trim()
  }
  return picked as Record<Column, string | undefined>
}
