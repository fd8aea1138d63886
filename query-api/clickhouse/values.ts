import type { Token } from '../sql/gate/lex.ts'
import { isWord } from './tokens.ts'

/**
 * `FROM VALUES ((1, 'a'), (2, 'b'))`, which the JDBC driver asks for the types with. It is a table function, and the gate
 * lets none through: the same rows come from an array. Its columns are c1, c2, …
 *
 * @returns what stands in the place of tokens, by their number
 */
export function withoutValues(tokens: readonly Token[]): ReadonlyMap<number, string> {
  const by = new Map<number, string>()
  for (const [at, token] of tokens.entries()) {
    if (!isWord(token, 'VALUES') || !isWord(tokens[at - 1], 'FROM', 'JOIN')) continue
    if (tokens[at + 1]?.text !== '(' || tokens[at + 2]?.text !== '(') continue
    const end = closing(tokens, at + 1)
    const columns = elements(tokens, at + 2)
    if (end < 0) continue
    const names = Array.from({ length: columns }, (_, index) => `row_of_values.${index + 1} AS c${index + 1}`)
    by.set(at, `(SELECT ${names.join(', ')} FROM (SELECT arrayJoin`)
    by.set(at + 1, '([')
    by.set(end, ']) AS row_of_values))')
  }
  return by
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]!.text === '(') depth += 1
    if (tokens[at]!.text === ')' && --depth === 0) return at
  }
  return -1
}

/** How many elements the tuple has that begins at `open`. */
function elements(tokens: readonly Token[], open: number): number {
  let depth = 0
  let count = 1
  for (let at = open; at < tokens.length; at++) {
    const { text } = tokens[at]!
    if (text === '(' || text === '[') depth += 1
    if (text === ')' || text === ']') depth -= 1
    if (depth === 0) break
    if (text === ',' && depth === 1) count += 1
  }
  return count
}
