import type { RequestOptions, Settings, Store } from '../../../pipelines/store/client.ts'
import { StoreError } from '../../../pipelines/store/client.ts'
import { type Lexed, lex } from './lex.ts'
import { Named, Refusal } from './refusal.ts'
import { tablesRead } from './tables-read.ts'
import { checkTokens, type Known } from './token-wall.ts'
import { readTree } from './tree.ts'
import { checkTree } from './tree-wall.ts'

/**
 * The gate: lets through one SELECT over known tables with known functions, and nothing else. See the README of this
 * folder for what it guards against.
 *
 * Two walls that share no code: words (`token-wall.ts`), then the tree that the engine's own parser makes of the very
 * text that will run (`tree-wall.ts`). The listing of the tree resolves and runs nothing.
 *
 * @param views  tables that may be read
 */
export function createGate(store: Store, views: ReadonlySet<string>): Gate {
  const passed = new Map<string, Passed>()
  let reading: Promise<Known> | undefined

  async function vocabulary(): Promise<Known> {
    reading ??= readKnown(store).catch((cause: unknown) => {
      reading = undefined
      throw cause
    })
    return reading
  }

  return {
    async check(sql, params, request = {}) {
      const before = passed.get(sql)
      if (before !== undefined) {
        needAll(before.params, params)
        // To the end of the order of use.
        passed.delete(sql)
        passed.set(sql, before)
        return before
      }
      const lexed = lex(sql)
      const known = await vocabulary()
      const types = checkTokens(lexed.tokens, known)
      needAll(types, params)
      const lines = await listTree(store, lexed, listed(types, params), request)
      const tree = readTree(lines)
      try {
        checkTree(tree, views, known)
      } catch (error) {
        throw error instanceof Named ? new Refusal(error.message, placeOf(lexed, error.word), error.about) : error
      }
      const result = { text: `(${lexed.text})`, params: types, reads: tablesRead(tree, views) }
      // What passed once passes again: the walls look at the text alone, and `listed` hides from them what texts hold.
      if (sql.length > PASSED_LENGTH_MAX) return result
      passed.set(sql, result)
      if (passed.size > PASSED_MAX) passed.delete(passed.keys().next().value!)
      return result
    },
  }
}

function needAll(types: Passed['params'], params: Readonly<Record<string, unknown>>): void {
  for (const name of types.keys())
    if (!Object.hasOwn(params, name)) throw new Refusal(`the parameter \`${name}\` has no value`)
}

/**
 * The parameters of the listing. The engine puts one of type String into the tree as a literal, which would pass for the
 * type or the name of an aggregate function that a statement must state itself, and hold another in the next question: it
 * is listed as a text that is neither. One of any other type becomes a cast there, whatever it holds; lists and maps,
 * which may be long and hold any text, are listed empty.
 */
function listed(types: Passed['params'], params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const standIn = ([name, type]: readonly [string, string]) =>
    STANDING_IN.find(([of]) => of.test(type))?.[1] ?? params[name]
  return Object.fromEntries([...types].map((one) => [one[0], standIn(one)]))
}

/** String and its other names; what is written the same whether or not a client escapes it. */
const STANDING_IN: readonly (readonly [RegExp, string])[] = [
  [/^(?:(?:Nullable|LowCardinality)\s*\(\s*)*(?:String|Text|Char|Varchar)\b/i, '?'],
  [/^Array\s*\(/i, '[]'],
  [/^Map\s*\(/i, '{}'],
]

export type Gate = {
  /**
   * @throws Refusal when the statement may not run, or cannot be read
   * @throws StoreError when the store cannot say
   */
  check(sql: string, params: Readonly<Record<string, unknown>>, request?: RequestOptions): Promise<Passed>
}

export type Passed = {
  /** What is to run: the statement without comments, in brackets. */
  readonly text: string
  /** The parameters it needs, with their types. */
  readonly params: ReadonlyMap<string, string>
  /** How often it reads each view. */
  readonly reads: ReadonlyMap<string, number>
}

async function readKnown(store: Store): Promise<Known> {
  const rows = await store.query<[string, string]>(
    `SELECT 'function', name FROM system.functions UNION ALL SELECT 'table_function', name FROM system.table_functions
     UNION ALL SELECT 'database', name FROM system.databases`,
    undefined,
    { format: 'JSONCompactEachRow' },
  )
  const of = (kind: string) => rows.filter(([k]) => k === kind).map(([, name]) => name.toLowerCase())
  return {
    functions: new Set(of('function')),
    table_functions: new Set(of('table_function')),
    databases: new Set(of('database')),
  }
}

async function listTree(
  store: Store,
  lexed: Lexed,
  params: Readonly<Record<string, unknown>>,
  request: RequestOptions,
): Promise<string[]> {
  try {
    const rows = await store.query<[string]>(`${EXPLAIN}${withoutLineEnds(lexed)})`, params, {
      ...request,
      format: 'JSONCompactEachRow',
      settings: { ...limitsOfReading(request.settings ?? {}), ...EXPLAIN_SETTINGS },
    })
    return rows.map(([line]) => line)
  } catch (error) {
    if (error instanceof StoreError && error.kind === 'rejected') throw refusalOf(error, lexed)
    throw error
  }
}

/** The bracket is closed behind the statement: what the store or its client appends cannot become a part of it. */
const EXPLAIN = 'EXPLAIN QUERY TREE run_passes = 0\n('
/**
 * `readonly = 2` and not 1: it forbids the same to a statement without SETTINGS, which the first wall holds, and lets the
 * embedded store use a connection again. One thread is enough for a listing.
 */
const EXPLAIN_SETTINGS: Settings = {
  readonly: 2,
  max_execution_time: 5,
  max_threads: 1,
  allow_experimental_analyzer: 1,
}

/** What the engine keeps to while it reads a statement. The limits of running one cost a listing more than they tell. */
const OF_READING: readonly string[] = [
  'max_memory_usage',
  'max_query_size',
  'max_ast_depth',
  'max_ast_elements',
  'max_expanded_ast_elements',
  'max_subquery_depth',
  'max_parser_backtracks',
  'max_analyze_depth',
]

function limitsOfReading(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => OF_READING.includes(name)))
}

/** Texts that are remembered. */
export const PASSED_MAX = 1_000
const PASSED_LENGTH_MAX = 8_000

/**
 * The text for the listing. Some texts of a statement are listed raw (the pattern of COLUMNS, a collation), and a line end
 * within would begin a line of the listing: white space other than the blank is replaced there, as long as it was, by
 * what no type has. Where texts begin and end does not change, and `lex` lets no other escape through that engines turn
 * into something else: what is judged is what will run.
 */
function withoutLineEnds({ text, tokens }: Lexed): string {
  let out = ''
  let copied = 0
  for (const { from, kind, to } of tokens) {
    if (kind !== 'string') continue
    const plain = text
      .slice(from, to)
      .replaceAll(/\\.|\p{Cc}/gsu, (found) => (MADE_LINES.test(found) ? '~'.repeat(found.length) : found))
    out += text.slice(copied, from) + plain
    copied = to
  }
  return out + text.slice(copied)
}

const MADE_LINES = /\\[ntr]|\p{Cc}/u

/** What the parser says, in words that hold nothing but the statement's own. */
function refusalOf(error: StoreError, lexed: Lexed): Refusal {
  const parameter = /for query parameter '([A-Za-z_][A-Za-z0-9_]*)'/.exec(error.message)?.[1]
  if (parameter !== undefined)
    return new Refusal(`the value of the parameter \`${parameter}\` is not of its type`, undefined, 'syntax')
  const position = /failed at position (\d+)/.exec(error.message)?.[1]
  if (position === undefined) return new Refusal('the statement cannot be read', undefined, 'syntax')
  // In bytes, from 1, of the text with our own line before it.
  const bytes = Number(position) - 1 - EXPLAIN.length
  const at = Buffer.from(withoutLineEnds(lexed)).subarray(0, Math.max(0, bytes)).toString().length
  const token = lexed.tokens.find(({ to }) => to > at)
  if (token === undefined)
    return new Refusal('syntax error: the statement ends too early', lexed.tokens.at(-1)?.from, 'syntax')
  return new Refusal(`syntax error at \`${token.text.slice(0, 40)}\``, token.from, 'syntax')
}

function placeOf({ tokens }: Lexed, word: string): number | undefined {
  const lower = word.toLowerCase()
  return tokens.find(({ kind, text }) => (kind === 'quoted' ? text.slice(1, -1) : text).toLowerCase() === lower)?.from
}
