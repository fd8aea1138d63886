import { isAggregate } from './aggregates.ts'
import { FUNCTIONS } from './functions.ts'
import type { Token } from './lex.ts'
import { quoted, Refusal } from './refusal.ts'
import { isPlainType, isTypeName } from './types.ts'

/**
 * The first wall, by words alone: it knows nothing of grammar, and the second nothing of words, so a mistake in one is
 * caught by the other.
 *
 * - The statement is a query: it begins with SELECT, WITH, FROM or a bracket.
 * - No clause is in it that reaches beyond the query: SETTINGS, FORMAT, INTO OUTFILE and their like.
 * - A word before a bracket is a function that is served, or a word of the language.
 * - No name of another database stands before a dot, and no column of the engine's own anywhere.
 * - Brackets are balanced, so that the statement cannot leave those that are put around it.
 * - `{name:Type}` is the only use of braces, and Type is a plain type.
 *
 * @param known  names of functions and databases of the store, in lower case
 * @returns the parameters that the statement needs, with their types
 * @throws Refusal
 */
export function checkTokens(tokens: readonly Token[], known: Known): ReadonlyMap<string, string> {
  const first = tokens[0]
  if (first === undefined) throw new Refusal('the statement is empty')
  if (tokens.length > TOKENS_MAX) throw new Refusal(`the statement has more than ${TOKENS_MAX} words and signs`)
  if (!BEGINNINGS.has(first.text.toUpperCase())) throw new Refusal('only SELECT is allowed', first.from)
  const named = namesGiven(tokens, known)
  const params = new Map<string, string>()
  let depth = 0
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!
    const next = tokens[at + 1]
    if (token.text === '(' || token.text === '[') depth += 1
    if (token.text === ')' || token.text === ']') depth -= 1
    if (depth < 0) throw new Refusal('a bracket without its beginning', token.from)
    if (depth > DEPTH_MAX) throw new Refusal(`brackets within more than ${DEPTH_MAX} others`, token.from)
    if (token.kind === 'word' || token.kind === 'quoted') checkWord(token, next, named, known.databases)
    if (token.text === '}') throw new Refusal('a brace without its beginning', token.from)
    if (token.text === '{') at = readParameter(tokens, at, params)
  }
  if (depth > 0) throw new Refusal('a bracket without its end')
  return params
}

/** What names mean to the engine, in lower case. */
export type Known = {
  readonly databases: ReadonlySet<string>
  readonly functions: ReadonlySet<string>
  readonly table_functions: ReadonlySet<string>
}

const TOKENS_MAX = 5_000
const DEPTH_MAX = 60
const BEGINNINGS: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'FROM', '('])

function checkWord(
  token: Token,
  next: Token | undefined,
  named: ReadonlySet<string>,
  databases: ReadonlySet<string>,
): void {
  const name = nameOf(token)
  const upper = name.toUpperCase()
  const bracket = next?.text === '('
  if (token.kind === 'word' && CLAUSES.has(upper)) throw new Refusal(`${upper} cannot be used here`, token.from)
  if (ENGINES_COLUMNS.has(name.toLowerCase()))
    throw new Refusal(`${quoted(name)} is a column of the engine, not of a view`, token.from)
  if (token.kind === 'word' && upper === 'FORMAT' && !bracket)
    throw new Refusal('FORMAT cannot be used here: ask for a format with Accept or ?format=', token.from)
  if (bracket) {
    const isLanguage = token.kind === 'word' && (BEFORE_BRACKETS.has(upper) || isTypeName(name))
    if (!isLanguage && !FUNCTIONS.has(name.toLowerCase()) && !isAggregate(name) && !named.has(name))
      throw new Refusal(`the function ${quoted(name)} is not served here`, token.from)
  }
  if (next?.text === '.' && databases.has(name.toLowerCase()))
    throw new Refusal(`${quoted(name)} is a database: tables stand alone here`, token.from)
}

/** Words that only stand for what a query must not do here. Put into quotes they are names. */
const CLAUSES: ReadonlySet<string> = new Set([
  'SETTINGS',
  'INTO',
  'OUTFILE',
  'INFILE',
  'PREWHERE',
  'FINAL',
  'SAMPLE',
  'GLOBAL',
  'PARALLEL',
  'EXPLAIN',
  'DESCRIBE',
  'STREAM',
  'DICTIONARY',
  'TEMPORARY',
])

/** Every table has them unseen: they tell names of the house. */
const ENGINES_COLUMNS: ReadonlySet<string> = new Set(['_table', '_database'])

const BEFORE_BRACKETS: ReadonlySet<string> = new Set(
  (
    'SELECT DISTINCT ON FROM JOIN USING WHERE HAVING QUALIFY BY AND OR NOT IN LIKE ILIKE BETWEEN IS AS ALL ANY SOME ' +
    'EXISTS UNION EXCEPT INTERSECT WITH LIMIT OFFSET TOP SETS CUBE ROLLUP OVER FILTER CASE WHEN THEN ELSE INTERVAL ' +
    'COLUMNS REPLACE APPLY STRICT INTERPOLATE FROM TO STEP STALENESS DIV MOD ARRAY TUPLE CAST EXTRACT DATE TIMESTAMP ' +
    'DATEADD DATESUB LEADING TRAILING BOTH RECURSIVE TIES PRECEDING'
  ).split(' '),
)

/**
 * What the statement gives names to: `… AS f` may be a lambda that is called; the second wall looks closer. A name of the
 * engine's own stays what it is.
 */
function namesGiven(tokens: readonly Token[], known: Known): ReadonlySet<string> {
  const names = new Set<string>()
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1]
    if (token.kind === 'word' && token.text.toUpperCase() === 'AS' && next !== undefined) names.add(nameOf(next))
  }
  const isEngines = (name: string) =>
    known.functions.has(name.toLowerCase()) || known.table_functions.has(name.toLowerCase())
  return new Set([...names].filter((name) => !isEngines(name)))
}

function nameOf({ kind, text }: Token): string {
  return kind === 'quoted' ? text.slice(1, -1) : text
}

/** Reads `{name:Type}`. @returns the place of its closing brace */
function readParameter(tokens: readonly Token[], at: number, params: Map<string, string>): number {
  const open = tokens[at]!
  const end = tokens.findIndex((token, index) => index > at && token.text === '}')
  const name = tokens[at + 1]
  if (end < 0 || name?.kind !== 'word' || tokens[at + 2]?.text !== ':')
    throw new Refusal('braces are for parameters: {name:Type}', open.from)
  const type = tokens
    .slice(at + 3, end)
    .map(({ text }) => text)
    .join(' ')
  if (!isPlainType(type)) throw new Refusal(`${quoted(type)} is no type for a parameter`, open.from)
  const known = params.get(name.text)
  if (known !== undefined && known !== type)
    throw new Refusal(`the parameter ${quoted(name.text)} has two types`, open.from)
  params.set(name.text, type)
  return end
}
