import type { Table } from './table.ts'

/** One JSON object a line, some hundred lines at a time: nobody has to hold all of it. May be read more than once. */
export function toNdjson({ rows }: Table): Iterable<string> {
  return {
    *[Symbol.iterator]() {
      for (let at = 0; at < rows.length; at += ROWS_A_PIECE) {
        const piece = rows.slice(at, at + ROWS_A_PIECE)
        yield piece.map((row) => `${JSON.stringify(row)}\n`).join('')
      }
    },
  }
}

const ROWS_A_PIECE = 500
