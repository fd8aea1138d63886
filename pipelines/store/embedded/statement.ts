import { nextToken, type Token } from '../tokens.ts'

/**
 * What a statement is, as far as the child must know to run it over HTTP: where its result goes and where its data
 * comes from.
 *
 * - `read`: has a result; `INTO OUTFILE` can be put at `out_at`, and `format` is the one it asks for (or null).
 * - `insert_data`: `INSERT … FORMAT x` with the data in the request body (or inline, from `data_at` on).
 * - `insert_input`: `INSERT … SELECT … FROM input('structure') … FORMAT x`, data as above.
 * - `kill`, `other`: run as they are; their results are small.
 */
export function classify(sql: string): Statement {
  const first = nextToken(sql, 0)
  const word = first === null ? '' : upper(sql, first)
  if (word === 'INSERT') return classifyInsert(sql, first!)
  const scan = scanTail(sql)
  if (scan.extra !== null) return { kind: 'invalid', reason: MULTI }
  const text = sql.slice(0, scan.end)
  if (word === 'KILL') return { kind: 'kill', sql: text, out_at: scan.out_at, format: scan.format }
  if (scan.outfile) return { kind: 'invalid', reason: 'INTO OUTFILE is not allowed over HTTP' }
  if (first !== null && (READS.has(word) || sql[first.start] === '(')) {
    return { kind: 'read', sql: text, out_at: scan.out_at, format: scan.format }
  }
  return { kind: 'other', sql: text }
}

export type Statement =
  | { readonly kind: 'read' | 'kill'; readonly sql: string; readonly out_at: number; readonly format: string | null }
  | InsertData
  | InsertInput
  | { readonly kind: 'insert'; readonly sql: string }
  | { readonly kind: 'other'; readonly sql: string }
  | { readonly kind: 'invalid'; readonly reason: string }

/** `sql` up to `at`, then `FROM INFILE`, then `rest` (settings), then the format. */
export type InsertData = {
  readonly kind: 'insert_data'
  readonly sql: string
  readonly at: number
  readonly rest: string
  readonly format: string
  /** Where inline data begins in the text that was classified, or its length. */
  readonly data_at: number
}

/** `sql` with `input(…)` at `[from, to)`; `structure` is the SQL literal within it, '' when it has none. */
export type InsertInput = {
  readonly kind: 'insert_input'
  readonly sql: string
  readonly from: number
  readonly to: number
  readonly structure: string
  readonly format: string
  readonly data_at: number
}

export function takesData(statement: Statement): statement is InsertData | InsertInput {
  return statement.kind === 'insert_data' || statement.kind === 'insert_input'
}

/**
 * Data behind the statement in the same text: `values` may stay there, other formats need a file.
 *
 * @param sql  null where the data came by themselves
 */
export function inlineData(statement: Statement, sql: string | null): Buffer | 'values' | null {
  if (!takesData(statement) || sql === null) return null
  if (statement.kind === 'insert_data' && statement.format === 'Values') return 'values'
  return Buffer.from(sql.slice(statement.data_at))
}

const MULTI = 'Syntax error (Multi-statements are not allowed)'
const READS = new Set(['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS', 'CHECK', 'FROM', 'VALUES'])

type Tail = { out_at: number; end: number; format: string | null; outfile: boolean; extra: Token | null }

/** Finds the last `FORMAT name` outside of parentheses, and the end of the statement (before a semicolon). */
function scanTail(sql: string): Tail {
  let depth = 0
  let previous: Token | null = null
  let format: { at: number; name: string } | null = null
  let outfile = false
  let end = sql.length
  let last_end = 0
  for (let token = nextToken(sql, 0); token !== null; token = nextToken(sql, token.end)) {
    const c = sql[token.start]!
    if (token.kind === 'other' && c === ';' && depth === 0) {
      end = token.start
      const extra = nextToken(sql, token.end)
      if (extra !== null && sql[extra.start] !== ';') return { out_at: 0, end, format: null, outfile, extra }
      break
    }
    if (token.kind === 'other') depth += c === '(' || c === '[' ? 1 : c === ')' || c === ']' ? -1 : 0
    if (depth === 0 && token.kind === 'word' && previous?.kind === 'word') {
      const before = upper(sql, previous)
      if (before === 'FORMAT') format = { at: previous.start, name: sql.slice(token.start, token.end) }
      if (before === 'INTO' && upper(sql, token) === 'OUTFILE') outfile = true
    }
    previous = token
    last_end = token.end
  }
  return {
    out_at: format?.at ?? last_end,
    end: Math.max(last_end, 0),
    format: format?.name ?? null,
    outfile,
    extra: null,
  }
}

type InputCall = { readonly from: number; readonly to: number; readonly structure: string }

function classifyInsert(sql: string, first: Token): Statement {
  let depth = 0
  let clause_at = -1
  let select = false
  let input = null as InputCall | null
  let input_depth = -1
  let previous: Token | null = first
  for (let token = nextToken(sql, first.end); token !== null; token = nextToken(sql, token.end)) {
    const c = sql[token.start]!
    if (token.kind === 'other') {
      if (c === '(') {
        depth++
        if (select && previous?.kind === 'word' && upper(sql, previous) === 'INPUT' && input === null) {
          input = { from: previous.start, to: -1, structure: '' }
          input_depth = depth
        }
      } else if (c === ')') {
        if (depth === input_depth && input !== null && input.to < 0) {
          input = {
            ...input,
            to: token.end,
            structure: sql.slice(sql.indexOf('(', input.from) + 1, token.start).trim(),
          }
        }
        depth--
      } else if (c === ';' && depth === 0) {
        if (nextToken(sql, token.end) !== null) return { kind: 'invalid', reason: MULTI }
        break
      }
      previous = token
      continue
    }
    const word = token.kind === 'word' ? upper(sql, token) : ''
    if (word === 'SELECT' || (word === 'WITH' && depth === 0)) select = true
    if (depth === 0 && !select && clause_at < 0 && (word === 'SETTINGS' || word === 'FORMAT' || word === 'VALUES')) {
      clause_at = token.start
    }
    if (depth === 0 && word === 'INFILE') return { kind: 'invalid', reason: 'FROM INFILE is not allowed over HTTP' }
    if (depth === 0 && word === 'VALUES' && !select) {
      return insertData(sql, clause_at, token.start, 'Values', token.end)
    }
    const name = depth === 0 && word === 'FORMAT' ? nextToken(sql, token.end) : null
    if (name?.kind === 'word' && (!select || isFormatClause(sql, name, input !== null))) {
      const format = sql.slice(name.start, name.end)
      if (!select) return insertData(sql, clause_at, token.start, format, name.end)
      if (input === null) return { kind: 'insert', sql: sql.slice(0, token.start) }
      return {
        kind: 'insert_input',
        sql: sql.slice(0, token.start),
        ...input,
        format,
        data_at: afterFormat(sql, name.end),
      }
    }
    previous = token
  }
  return { kind: 'insert', sql }
}

/** Behind a select without input() a format is the last thing; `format` may also be a column's name there. */
function isFormatClause(sql: string, name: Token, has_input: boolean): boolean {
  return has_input || nextToken(sql, name.end) === null
}

function insertData(sql: string, clause_at: number, format_at: number, format: string, end: number): InsertData {
  const at = clause_at < 0 ? format_at : clause_at
  const rest = sql.slice(at, format_at)
  return { kind: 'insert_data', sql: sql.slice(0, at), at, rest, format, data_at: afterFormat(sql, end) }
}

/** Inline data begins behind the format's name, blanks and one line end: the engine's own rule. */
function afterFormat(sql: string, end: number): number {
  let at = end
  while (at < sql.length && (sql[at] === ' ' || sql[at] === '\t' || sql[at] === '\r')) at++
  return sql[at] === '\n' ? at + 1 : at
}

function upper(sql: string, token: Token): string {
  return sql.slice(token.start, token.end).toUpperCase()
}
