/**
 * Splits SQL into the tokens that matter for finding clauses: words, punctuation, literals. Comments and white space are
 * skipped. It never judges the SQL; the engine does. Lexical rules as in ClickHouse's own lexer (src/Parsers/Lexer.cpp).
 *
 * @param from  index to start at
 * @returns null at the end of the text
 */
export function nextToken(sql: string, from: number): Token | null {
  const start = skipBlank(sql, from)
  if (start >= sql.length) return null
  const c = sql[start]!
  if (c === "'" || c === '"' || c === '`') {
    return { kind: c === "'" ? 'string' : 'quoted', start, end: endOfQuoted(sql, start, c) }
  }
  if (WORD_START.test(c)) {
    WORD.lastIndex = start
    return { kind: 'word', start, end: start + (WORD.exec(sql)?.[0].length ?? 1) }
  }
  if (c === '$') {
    const end = endOfHeredoc(sql, start)
    if (end > 0) return { kind: 'string', start, end }
  }
  return { kind: 'other', start, end: start + 1 }
}

export type Token = {
  readonly kind: 'word' | 'quoted' | 'string' | 'other'
  readonly start: number
  readonly end: number
}

const WORD_START = /[A-Za-z0-9_\u0080-\uffff]/
const WORD = /[A-Za-z0-9_\u0080-\uffff$]+/y
const BLANK = /[\s\u0000]/

function skipBlank(sql: string, from: number): number {
  let at = from
  for (;;) {
    while (at < sql.length && BLANK.test(sql[at]!)) at++
    if (sql.startsWith('/*', at)) {
      const end = sql.indexOf('*/', at + 2)
      at = end < 0 ? sql.length : end + 2
    } else if (sql.startsWith('--', at) || sql.startsWith('# ', at) || sql.startsWith('#!', at)) {
      const end = sql.indexOf('\n', at)
      at = end < 0 ? sql.length : end + 1
    } else {
      return at
    }
  }
}

/** A quote is escaped by a backslash or by being doubled. */
function endOfQuoted(sql: string, start: number, quote: string): number {
  let at = start + 1
  while (at < sql.length) {
    const c = sql[at]
    if (c === '\\') at += 2
    else if (c !== quote) at++
    else if (sql[at + 1] === quote) at += 2
    else return at + 1
  }
  return sql.length
}

function endOfHeredoc(sql: string, start: number): number {
  const tag = /^\$\w*\$/.exec(sql.slice(start, start + 64))?.[0]
  if (tag === undefined) return 0
  const close = sql.indexOf(tag, start + tag.length)
  return close < 0 ? 0 : close + tag.length
}
