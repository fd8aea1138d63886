import type { Lexed, Token } from '../sql/gate/lex.ts'
import { isWord, nameOf, readAssignments } from './tokens.ts'

/** What may stand behind a query: its format and settings. */
export type Tail = { readonly format: string | null; readonly settings: ReadonlyMap<string, string> }

/**
 * Takes `FORMAT name` and `SETTINGS a = 1, …` off the end of a statement, in any order. Clients put them there; what
 * stands anywhere else is left to the gate, which refuses it.
 */
export function readTail({ text, tokens }: Lexed): { readonly lexed: Lexed; readonly tail: Tail } {
  let end = tokens.length
  let format: string | null = null
  const settings = new Map<string, string>()
  for (;;) {
    const [before, word, name] = [tokens[end - 3], tokens[end - 2], tokens[end - 1]]
    if (format === null && isWord(word, 'FORMAT') && name?.kind === 'word' && !expectsName(before)) {
      format = nameOf(name)
      end -= 2
      continue
    }
    const at = lastSettings(tokens, end)
    const read = at > 0 ? readAssignments(tokens.slice(0, end), at + 1) : null
    if (read === null) break
    // What stands first was said last: it is nearer to the query.
    for (const [key, value] of read) if (!settings.has(key)) settings.set(key, value)
    end = at
  }
  const cut = tokens[end]
  const lexed = cut === undefined ? { text, tokens } : { text: text.slice(0, cut.from), tokens: tokens.slice(0, end) }
  return { lexed, tail: { format, settings } }
}

/** `SELECT 1 AS format x`, `FROM format f`: a name, and another for it. */
function expectsName(before: Token | undefined): boolean {
  return isWord(before, 'AS', 'FROM', 'JOIN', 'SELECT') || before?.text === ',' || before?.text === '.'
}

function lastSettings(tokens: readonly Token[], end: number): number {
  let depth = 0
  for (let at = end - 1; at > 0; at--) {
    const token = tokens[at]!
    if (token.text === ')' || token.text === ']') depth += 1
    if (token.text === '(' || token.text === '[') depth -= 1
    if (depth === 0 && isWord(token, 'SETTINGS')) return at
  }
  return -1
}
