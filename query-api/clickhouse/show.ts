import type { Token } from '../sql/gate/lex.ts'
import { quoted, Refusal } from '../sql/gate/refusal.ts'
import { text } from '../sql/views/view-sql.ts'
import { DATABASE, DATABASES } from './names.ts'
import { isWord, nameOf, needed, textOf } from './tokens.ts'

/** A question about what there is: either a SELECT over the catalogue, or the place of a query whose columns are asked for. */
export type Shown = { readonly sql: string } | { readonly describe: number }

/**
 * `SHOW …`, `DESCRIBE …`, `EXISTS …` as SELECT over the catalogue, with the columns that ClickHouse answers.
 *
 * @param exists  whether there is a table `name` in a database
 * @throws Refusal
 */
export function shown(tokens: readonly Token[], exists: (database: string, name: string) => boolean): Shown {
  const words = new Reader(tokens)
  if (words.take('SHOW')) return { sql: show(words) }
  if (words.take('EXISTS')) return { sql: existing(words, exists) }
  words.any()
  words.take('TABLE')
  // `DESCRIBE (SELECT …)`, and without brackets as Cube writes it.
  const first = words.peek()
  if (first?.text === '(' || isWord(first, 'SELECT', 'WITH', 'FROM')) return { describe: first!.from }
  const { database, name } = words.table()
  words.end()
  if (!exists(database, name)) throw new Refusal(`Table ${database}.${name} does not exist`, undefined, 'unknown_table')
  return {
    sql:
      "SELECT name, type, '' AS default_type, '' AS default_expression, comment, '' AS codec_expression, '' AS ttl_expression" +
      ` FROM system_columns WHERE database = ${text(database)} AND table = ${text(name)} ORDER BY position`,
  }
}

function show(words: Reader): string {
  words.take('FULL')
  words.take('TEMPORARY')
  if (words.take('DATABASES', 'SCHEMAS')) return `SELECT name FROM system_databases${words.filter('name')}`
  if (words.take('TABLES', 'VIEWS')) {
    const database = words.take('FROM', 'IN') ? words.database() : DATABASE
    return `SELECT name FROM system_tables WHERE database = ${text(database)}${words.filter('name', ' AND')}`
  }
  if (words.take('COLUMNS', 'FIELDS')) {
    const table = words.take('FROM', 'IN') ? words.table() : words.table()
    const database = words.take('FROM', 'IN') ? words.database() : table.database
    return (
      "SELECT name AS field, type, startsWith(type, 'Nullable') ? 'YES' : 'NO' AS `null`, '' AS key, CAST(NULL AS Nullable(String)) AS default, '' AS extra" +
      ` FROM system_columns WHERE database = ${text(database)} AND table = ${text(table.name)}${words.filter('name', ' AND', 'position')}`
    )
  }
  if (words.take('FUNCTIONS')) return `SELECT * FROM system_functions${words.filter('name')}`
  if (words.take('SETTINGS')) return `SELECT name, type, value FROM system_settings${words.filter('name')}`
  if (words.take('PROCESSLIST')) return 'SELECT * FROM system_processes'
  if (words.take('CREATE')) {
    if (words.take('DATABASE'))
      return `SELECT ${text(`CREATE DATABASE ${words.database()}\nENGINE = Memory`)} AS statement`
    words.take('TABLE', 'VIEW')
    const { database, name } = words.table()
    words.end()
    return `SELECT create_table_query AS statement FROM system_tables WHERE database = ${text(database)} AND name = ${text(name)}`
  }
  throw new Refusal('only SHOW DATABASES, TABLES, COLUMNS, CREATE, FUNCTIONS, SETTINGS and PROCESSLIST are served here')
}

function existing(words: Reader, exists: (database: string, name: string) => boolean): string {
  words.take('TEMPORARY')
  if (words.take('DATABASE')) {
    const name = nameOf(words.any())
    words.end()
    return answer(DATABASES.has(name) || name.toLowerCase() === 'information_schema' || name === 'system')
  }
  if (words.take('DICTIONARY')) return answer(false)
  words.take('TABLE', 'VIEW')
  const { database, name } = words.table()
  words.end()
  return answer(exists(database, name))
}

function answer(is: boolean): string {
  return `SELECT toUInt8(${is ? 1 : 0}) AS result`
}

/** Reads a statement word by word. */
class Reader {
  readonly #tokens: readonly Token[]
  #at = 0
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }
  peek(): Token | undefined {
    return this.#tokens[this.#at]
  }
  any(): Token {
    const token = needed(this.#tokens, this.#at)
    this.#at += 1
    return token
  }
  take(...words: string[]): boolean {
    const found = isWord(this.peek(), ...words)
    if (found) this.#at += 1
    return found
  }
  database(): string {
    const name = nameOf(this.any())
    return DATABASES.has(name) ? DATABASE : name
  }
  table(): { database: string; name: string } {
    const first = nameOf(this.any())
    if (this.peek()?.text !== '.') return { database: DATABASE, name: first }
    this.#at += 1
    return { database: DATABASES.has(first) ? DATABASE : first, name: nameOf(this.any()) }
  }
  /** `[NOT] LIKE|ILIKE 'x'`, `LIMIT n`, `WHERE …` is not read. */
  filter(column: string, before = ' WHERE', order = column): string {
    const not = this.take('NOT') ? 'NOT ' : ''
    const like = this.take('LIKE') ? 'LIKE' : this.take('ILIKE') ? 'ILIKE' : null
    const pattern = like === null ? '' : `${before} ${column} ${not}${like} ${text(textOf(this.any()))}`
    const limit = this.take('LIMIT') ? ` LIMIT ${Number(this.any().text) || 0}` : ''
    this.end()
    return `${pattern} ORDER BY ${order}${limit}`
  }
  end(): void {
    const token = this.peek()
    if (token !== undefined) throw new Refusal(`syntax error at ${quoted(token.text)}`, token.from, 'syntax')
  }
}

/** The answer to `DESCRIBE (query)`: names and types as rows. */
export function describing(columns: readonly { readonly name: string; readonly type: string }[]): string {
  const array = (values: readonly string[]) => `[${values.map(text).join(', ')}]`
  return (
    "SELECT name, type, '' AS default_type, '' AS default_expression, '' AS comment, '' AS codec_expression, '' AS ttl_expression" +
    ` FROM system_one ARRAY JOIN ${array(columns.map(({ name }) => name))} AS name, ${array(columns.map(({ type }) => type))} AS type`
  )
}
