import type { Answer } from '../metrics/answer.ts'

/** RFC 4180 with a header line; unknown is an empty field. */
export function toCsv({ columns, rows }: Answer): string {
  const names = columns.map((c) => c.name)
  const lines = [names, ...rows.map((row) => names.map((name) => row[name] ?? null))]
  return lines.map((cells) => `${cells.map(field).join(',')}\r\n`).join('')
}

/** An empty text is quoted, so that it stays another thing than unknown. */
function field(value: string | number | null): string {
  if (value === null) return ''
  const text = String(value)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
