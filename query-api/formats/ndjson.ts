import type { Table } from './table.ts'

/** One JSON object a line, some hundred lines at a time: nobody has to hold all of it. */
export function* toNdjson({ rows }: Table): Generator<string> {
  for (let at = 0; at < rows.length; at += ROWS_A_PIECE) {
    yield rows
      .slice(at, at + ROWS_A_PIECE)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join('')
  }
}

const ROWS_A_PIECE = 500
