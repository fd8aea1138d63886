import type { Token } from '../sql/gate/lex.ts'
import { Refusal } from '../sql/gate/refusal.ts'

/** A name without its quotes. */
export function nameOf({ kind, text }: Token): string {
  return kind === 'quoted' ? text.slice(1, -1) : text
}

export function isWord(token: Token | undefined, ...words: string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toUpperCase())
}

/** A text without its quotes and escapes; any other value as it stands. */
export function textOf({ kind, text }: Token): string {
  if (kind !== 'string') return text
  return text
    .slice(1, -1)
    .replaceAll(/\\([\s\S])|''/g, (_, escaped?: string) =>
      escaped === undefined ? "'" : (ESCAPES[escaped] ?? escaped),
    )
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

export function needed(tokens: readonly Token[], at: number): Token {
  const token = tokens[at]
  if (token === undefined) throw new Refusal('the statement ends too early', tokens.at(-1)?.from, 'syntax')
  return token
}

/** @returns null when there is anything but `name = value, …` from `at` to the end */
export function readAssignments(tokens: readonly Token[], from: number): ReadonlyMap<string, string> | null {
  const settings = new Map<string, string>()
  for (let at = from; ; ) {
    const name = tokens[at++]
    if (name?.kind !== 'word' || tokens[at++]?.text !== '=') return null
    const sign = tokens[at]?.text === '-' ? tokens[at++]!.text : ''
    const value = tokens[at++]
    if (value === undefined || (value.kind === 'sign' && value.text !== '?') || value.kind === 'quoted') return null
    settings.set(name.text, sign + textOf(value))
    if (at === tokens.length) return settings
    if (tokens[at++]?.text !== ',') return null
  }
}
