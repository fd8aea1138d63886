import { isFormula } from './formula.ts'
import type { Table } from './table.ts'

/** RFC 4180 with a header line; unknown is an empty field. */
export function toCsv({ columns, rows }: Table): string {
  const head = columns.map(({ name }) => field(name))
  const lines = rows.map((row) =>
    columns.map(({ name, unit }) => {
      const value = row[name] ?? null
      if (value === null) return ''
      // Only what somebody else has named can be a formula: -5.00 is an amount.
      return field(unit === 'label' && isFormula(String(value)) ? `'${value}` : String(value))
    }),
  )
  return [head, ...lines].map((cells) => `${cells.join(',')}\r\n`).join('')
}

/** An empty text is quoted, so that it stays another thing than unknown. */
function field(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
