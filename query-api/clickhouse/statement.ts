import { type Lexed, lex, type Token } from '../sql/gate/lex.ts'
import { quoted, Refusal } from '../sql/gate/refusal.ts'
import { readTail, type Tail } from './tail.ts'
import { isWord, nameOf, needed, readAssignments, textOf } from './tokens.ts'

/** What a statement of a BI tool asks for. Only `query` reaches the store, by way of the gate. */
export type Statement =
  | { readonly kind: 'query'; readonly lexed: Lexed; readonly tail: Tail }
  | { readonly kind: 'show'; readonly lexed: Lexed; readonly tail: Tail }
  | { readonly kind: 'set'; readonly settings: ReadonlyMap<string, string> }
  | { readonly kind: 'use'; readonly database: string }
  | { readonly kind: 'kill'; readonly query_id: string; readonly tail: Tail }

/**
 * Reads a statement as far as it must be known here. Comments are gone from what is returned, and so is the tail.
 *
 * @throws Refusal for what is not served, or cannot be read
 */
export function readStatement(sql: string): Statement {
  const first = firstWord(sql)
  // Before anything else: the data of an insert need not be made of tokens.
  if (first !== '' && !SERVED.has(first))
    throw new Refusal(
      `${quoted(first)} is not served here: only SELECT, SHOW, DESCRIBE, EXISTS, SET, USE and KILL QUERY`,
    )
  const { lexed, tail } = readTail(lexedOf(sql))
  const { tokens } = lexed
  if (tokens.length === 0) throw new Refusal('Empty query', undefined, 'syntax')
  switch (first) {
    case 'SHOW':
    case 'DESC':
    case 'DESCRIBE':
    case 'EXISTS':
      return { kind: 'show', lexed, tail }
    case 'SET':
      return { kind: 'set', settings: assignments(tokens) }
    case 'USE':
      return { kind: 'use', database: nameOf(needed(tokens, 1)) }
    case 'KILL':
      return { kind: 'kill', query_id: killedBy(tokens), tail }
    default:
      return { kind: 'query', lexed, tail }
  }
}

const SERVED: ReadonlySet<string> = new Set('SELECT WITH FROM SHOW DESC DESCRIBE EXISTS SET USE KILL'.split(' '))

function firstWord(sql: string): string {
  const comments = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(sql)![0]
  return (/^[A-Za-z]+/.exec(sql.slice(comments.length))?.[0] ?? '').toUpperCase()
}

function lexedOf(sql: string): Lexed {
  try {
    return lex(sql)
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(error.message, error.at, 'syntax') : error
  }
}

/** `SET a = 1, b = 'x'`. */
function assignments(tokens: readonly Token[]): ReadonlyMap<string, string> {
  const settings = readAssignments(tokens, 1)
  if (settings === null) throw new Refusal('SET needs `name = value`, several with commas', tokens[0]?.from, 'syntax')
  return settings
}

/** `KILL QUERY WHERE query_id = 'x' [SYNC|ASYNC|TEST]`, the only form that drivers send. */
function killedBy(tokens: readonly Token[]): string {
  const id = tokens[5]
  const form = isWord(tokens[1], 'QUERY') && isWord(tokens[2], 'WHERE') && isWord(tokens[3], 'QUERY_ID')
  if (!form || tokens[4]?.text !== '=' || id?.kind !== 'string')
    throw new Refusal("only KILL QUERY WHERE query_id = '…' is served here, for statements of your own")
  return textOf(id)
}
