import { closingQuote } from './records.ts'

/**
 * The cells of one CSV record (RFC 4180), trimmed. A quote counts only at the start of a cell, so JSON without quotes
 * around it (`{ "a": 1 }`, as exports have it) stays text. The record has passed `recordSplitter`: its quotes match.
 */
export function cellsOf(record: string, delimiter: string): string[] {
  const cells: string[] = []
  if (record.indexOf('"') === -1) {
    let at = 0
    for (;;) {
      const next = record.indexOf(delimiter, at)
      if (next === -1) break
      cells.push(trimmed(record, at, next))
      at = next + 1
    }
    cells.push(trimmed(record, at, record.length))
    return cells
  }
  for (let at = 0; ; ) {
    let start = at
    while (record.charCodeAt(start) === 32) start++
    let end: number
    if (record.charCodeAt(start) === 34) {
      const close = closingQuote(record, start + 1)
      cells.push(
        record
          .slice(start + 1, close)
          .replaceAll('""', '"')
          .trim(),
      )
      end = record.indexOf(delimiter, close + 1)
    } else {
      end = record.indexOf(delimiter, at)
      cells.push(trimmed(record, at, end === -1 ? record.length : end))
    }
    if (end === -1) return cells
    at = end + 1
  }
}

/** The words of a line of whitespace-separated text. */
export function wordsOf(line: string): string[] {
  const text = line.trim()
  return text === '' ? [] : text.split(/\s+/)
}

/**
 * Values of a JSON object by path (`order.id`), as the texts that a CSV cell would hold; undefined where absent.
 * The name of a path instead, when its number is an integer so large that JSON.parse has lost its last digits.
 */
export function valuesOf(
  object: object,
  paths: readonly (readonly string[])[],
): (string | undefined)[] | { readonly lost: string } {
  const values: (string | undefined)[] = []
  for (const path of paths) {
    let value: unknown = object
    for (const name of path) {
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
    }
    if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      return { lost: path.join('.') }
    }
    if (value === undefined || value === null) values.push(undefined)
    else if (typeof value === 'object') values.push(JSON.stringify(value))
    else values.push(typeof value === 'string' ? value.trim() : String(value))
  }
  return values
}

function trimmed(text: string, from: number, to: number): string {
  // Most cells need no trimming; looking first is cheaper than a second string.
  if (to > from && (text.charCodeAt(from) <= 32 || text.charCodeAt(to - 1) <= 32)) return text.slice(from, to).trim()
  return text.slice(from, to)
}
