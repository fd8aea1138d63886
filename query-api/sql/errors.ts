import type { StoreError } from '../../pipelines/store/client.ts'
import { ApiError } from '../problem.ts'
import type { Refusal } from './gate/refusal.ts'

/** A refusal of the gate, with the line and column of the statement, both from 1. */
export function refused(refusal: Refusal, sql: string): ApiError {
  return new ApiError('sql_refused', withPlace(refusal.message, placeOf(sql, refusal.at)), {
    path: 'sql',
    more: placeOf(sql, refusal.at),
    cause: refusal,
  })
}

/** An error of the store, in words that hold nothing that the statement does not hold itself. */
export function storeRefused(error: StoreError, sql: string): ApiError | StoreError {
  if (TOO_LARGE.has(error.code))
    return new ApiError(
      'too_many_rows',
      `${LIMIT_WORDS.get(error.code) ?? 'a limit was reached'}: narrow the question`,
      {
        cause: error,
      },
    )
  if (error.kind === 'memory' && !/\btotal\b/i.test(error.message))
    return new ApiError('query_too_large', 'the statement needs more memory than one may have: narrow it', {
      path: 'sql',
      cause: error,
    })
  if (error.kind !== 'rejected') return error
  const at = positionOf(error, sql)
  return new ApiError('sql_invalid', withPlace(messageOf(error, sql), placeOf(sql, at)), {
    path: 'sql',
    more: placeOf(sql, at),
    cause: error,
  })
}

type Place = { readonly line?: number; readonly column?: number }

function placeOf(sql: string, at: number | undefined): Place {
  if (at === undefined) return {}
  const before = sql.slice(0, at).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}

function withPlace(message: string, { column, line }: Place): string {
  return line === undefined ? message : `${message} (line ${line}, column ${column})`
}

/** ClickHouse's numbers. */
const TOO_LARGE: ReadonlySet<number> = new Set([158, 161, 191, 243, 307, 396])
const LIMIT_WORDS: ReadonlyMap<number, string> = new Map([
  [158, 'it reads more rows than one statement may'],
  [191, 'a set of IN or a join is larger than it may be'],
  [243, 'it needs more room on disk than there may be'],
  [396, 'the answer is larger than a JSON answer may be; NDJSON, CSV, Arrow and Parquet are streamed'],
])

/**
 * The engine's first sentence. It may tell values of rows, places of files, or names of other tables in a hint: what
 * stands in quotes and not in the statement is left out, and so is everything from where it goes into details.
 */
function messageOf(error: StoreError, sql: string): string {
  const text = error.message
    .replace(/^(?:in the store, .*?|reading rows): /su, '')
    .replace(/^Code: \d+\. DB::Exception: /u, '')
    .split(DETAILS)[0]!
    .replaceAll(/__table\d+\./g, '')
    .replaceAll(/_UInt\d+|_Int\d+|_String|_Float\d+/g, '')
  const own = text.replaceAll(/'[^']*'|`[^`]*`|"[^"]*"/g, (found) => (sql.includes(found.slice(1, -1)) ? found : '…'))
  const line = own.replaceAll(/\s+/g, ' ').trim().slice(0, 300)
  const named = /omnify_sql_|scratch|outfile|\/tmp|\/var|fact_|log_comment/i.test(line) || line === ''
  return named ? `the store refuses the statement (ClickHouse error ${error.code})` : line
}

const DETAILS =
  /\.? ?(?:In scope|Maybe you meant|While executing|while executing|: While|Stack trace|Expected one of|You can |Use |Note: |\(version|: In |, maybe you)|: while /u

/** Where the first word that the engine names stands in the statement. */
function positionOf(error: StoreError, sql: string): number | undefined {
  const word = /(?:identifier|function|table|column|alias) [`'"]?([A-Za-z_][A-Za-z0-9_.]*)/i.exec(
    messageOf(error, sql),
  )?.[1]
  if (word === undefined) return undefined
  const at = sql.search(new RegExp(`(?<![A-Za-z0-9_])${word.replaceAll('.', '\\.')}(?![A-Za-z0-9_])`, 'i'))
  return at < 0 ? undefined : at
}
