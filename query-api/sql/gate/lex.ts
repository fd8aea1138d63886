import { quoted, Refusal } from './refusal.ts'

/**
 * Splits a statement into tokens, and refuses every character sequence of which it is not certain that the engine reads
 * it alike: the walls behind it look at these tokens, the engine runs the text.
 *
 * Comments and one closing semicolon are blanked, so that places in `text` are those of the statement that was sent and
 * nothing is left that an engine with other rules for comments could read in another way. Lexical rules as in
 * ClickHouse's src/Parsers/Lexer.cpp; what it has beyond them (heredocs, `#` comments, Unicode quotes, `@@`, hexadecimal
 * strings) is refused.
 *
 * @throws Refusal
 */
export function lex(sql: string): Lexed {
  if (!sql.isWellFormed()) throw new Refusal('the statement is not valid Unicode')
  const nul = sql.indexOf('\0')
  if (nul >= 0) throw new Refusal('a NUL character', nul)
  const tokens: Token[] = []
  const blanks: { from: number; to: number }[] = []
  let at = 0
  while (at < sql.length) {
    const kind = kindAt(sql, at)
    const to = endOf(sql, at, kind)
    if (kind === 'comment') blanks.push({ from: at, to })
    else if (kind !== 'space') tokens.push({ kind, from: at, to, text: sql.slice(at, to) })
    at = to
  }
  const last = tokens.at(-1)
  if (last?.text === ';') {
    tokens.pop()
    blanks.push({ from: last.from, to: last.to })
  }
  for (const token of tokens) if (token.text === ';') throw new Refusal('only one statement is allowed', token.from)
  for (const [index, token] of tokens.entries()) refuseGlued(token, tokens[index + 1])
  return { text: blank(sql, blanks), tokens }
}

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'sign'
export type Token = { readonly kind: TokenKind; readonly from: number; readonly to: number; readonly text: string }
export type Lexed = { readonly text: string; readonly tokens: readonly Token[] }

function kindAt(sql: string, at: number): TokenKind | 'space' | 'comment' {
  const c = sql[at]!
  if (SPACE.has(c)) return 'space'
  if (sql.startsWith('--', at) || sql.startsWith('/*', at)) return 'comment'
  if (c === "'") return 'string'
  if (c === '`' || c === '"') return 'quoted'
  if (/[A-Za-z_]/.test(c)) return 'word'
  if (/[0-9]/.test(c)) return 'number'
  return 'sign'
}

function endOf(sql: string, at: number, kind: TokenKind | 'space' | 'comment'): number {
  switch (kind) {
    case 'space':
      return at + 1
    case 'comment':
      return endOfComment(sql, at)
    case 'string':
      return endOfQuoted(sql, at)
    case 'quoted':
      return endOfName(sql, at)
    case 'word':
      return match(WORD, sql, at)
    case 'number':
      return match(NUMBER, sql, at)
    case 'sign':
      return match(SIGN, sql, at)
  }
}

const SPACE = new Set([' ', '\t', '\n', '\r'])
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /(?:0x[0-9A-Fa-f]+|(?:[0-9]+(?:\.[0-9]*)?)(?:[eE][+-]?[0-9]+)?)/y
/** Longest first. What is not here is refused. */
const SIGN = /->|::|\|\||<=>|<=|>=|<>|!=|==|[()[\]{},.;:?+\-*/%=<>]/y

function match(pattern: RegExp, sql: string, at: number): number {
  pattern.lastIndex = at
  const found = pattern.exec(sql)
  if (found === null) throw new Refusal(`${quoted(sql.slice(at, at + 1))} is not allowed here`, at)
  return at + found[0].length
}

function endOfComment(sql: string, at: number): number {
  if (sql.startsWith('--', at)) {
    const end = sql.indexOf('\n', at)
    return end < 0 ? sql.length : end
  }
  const end = sql.indexOf('*/', at + 2)
  if (end < 0) throw new Refusal('this comment has no end', at)
  // Some engines nest comments and some do not.
  if (sql.slice(at + 2, end).includes('/*')) throw new Refusal('a comment within a comment', at)
  return end + 2
}

/**
 * A quote within is doubled or has a backslash before it; a backslash takes the next character with it. Of what engines
 * turn into another character only the quote, the backslash and three kinds of white space may be written so.
 */
function endOfQuoted(sql: string, from: number): number {
  for (let at = from + 1; at < sql.length; at++) {
    const c = sql[at]
    if (c === '\\') {
      const escaped = sql[at + 1]
      if (escaped !== undefined && !ESCAPED.test(escaped))
        throw new Refusal(`\\${escaped} is not allowed in a text: a backslash itself is written \\\\`, at)
      at++
    } else if (c === "'") {
      if (sql[at + 1] !== "'") return at + 1
      at++
    }
  }
  throw new Refusal('this text has no closing quote', from)
}

/** The first five; then those of patterns, which engines leave as they are, backslash and all. */
const ESCAPED = /[\\'ntr]|[dDwWsSBzA%_.+*?()[\]{}|^$-]/

/** Names in quotes: letters, digits, blanks and a few signs, so that none can look like anything else in a listing. */
function endOfName(sql: string, from: number): number {
  const end = sql.indexOf(sql[from]!, from + 1)
  if (end < 0) throw new Refusal('this name has no closing quote', from)
  const name = sql.slice(from + 1, end)
  if (!NAME.test(name)) throw new Refusal('a quoted name has 1 to 128 letters, digits, blanks and _ - % # ( ) /', from)
  return end + 1
}

const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_ \-%#()/]{0,127}$/u

/**
 * `x'41'`, `1abc`, `'a''b'"c"`: two tokens with nothing between them that engines read as one, or not. A text ends at its
 * quote for all of them, so a word may follow it: the JDBC driver writes `THEN 'VIEW'WHEN`.
 */
function refuseGlued(token: Token, next: Token | undefined): void {
  if (next === undefined || next.from !== token.to || token.kind === 'sign' || next.kind === 'sign') return
  if (token.kind === 'string' && next.kind === 'word') return
  throw new Refusal(`${quoted(token.text)} and ${quoted(next.text)} need a blank between them`, next.from)
}

function blank(sql: string, blanks: readonly { from: number; to: number }[]): string {
  let out = ''
  let copied = 0
  for (const { from, to } of blanks.toSorted((a, b) => a.from - b.from)) {
    // Each UTF-16 unit becomes a blank, so that places stay.
    out += sql.slice(copied, from) + sql.slice(from, to).replaceAll(/[^\n]/g, ' ')
    copied = to
  }
  return out + sql.slice(copied)
}
