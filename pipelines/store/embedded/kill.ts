import { nextToken, type Token } from '../tokens.ts'
import type { Engine } from './engine.ts'
import { literal } from './prepare.ts'
import { QUERY_ID_SQL } from './run.ts'

/**
 * Makes a client's KILL QUERY work. In `query_id = 'x'` and `query_id IN (…)` the id may be the one of the HTTP request
 * or the engine's own, which system.processes shows. SYNC hangs in the library and becomes ASYNC: the server waits for
 * the statements itself.
 */
export function rewriteKill(sql: string): { readonly sql: string; readonly sync: boolean } {
  const tokens = [...allTokens(sql)]
  const text = (n: number): string => (tokens[n] === undefined ? '' : sql.slice(tokens[n].start, tokens[n].end))
  let out = ''
  let copied = 0
  let sync = false
  for (const [n, token] of tokens.entries()) {
    if (token.start < copied) continue
    const word =
      token.kind === 'string'
        ? ''
        : text(n)
            .replace(/^[`"]|[`"]$/g, '')
            .toUpperCase()
    if (word === 'SYNC') {
      out += `${sql.slice(copied, token.start)}ASYNC`
      copied = token.end
      sync = true
    } else if (word === 'QUERY_ID') {
      const compared = text(n + 1).toUpperCase()
      const from = compared === 'IN' ? n + 2 : text(n + 2) === '=' ? n + 3 : n + 2
      const to = compared === '=' || compared === 'IN' ? endOfOperand(tokens, text, from) : null
      if (to === null) continue
      const operand = sql.slice(tokens[from]!.start, to)
      const operator = compared === 'IN' ? 'IN' : '='
      out += `${sql.slice(copied, token.start)}(query_id ${operator} ${operand} OR ${QUERY_ID_SQL} ${operator} ${operand})`
      copied = to
    }
  }
  return { sql: out + sql.slice(copied), sync }
}

/** A literal, or everything to the matching bracket of a list or a parameter. */
function endOfOperand(tokens: readonly Token[], text: (n: number) => string, from: number): number | null {
  const first = tokens[from]
  if (first === undefined) return null
  if (first.kind === 'string') return first.end
  const close = text(from) === '(' ? ')' : text(from) === '{' ? '}' : ''
  const at = tokens.findIndex((_, n) => n > from && text(n) === close)
  return close === '' || at < 0 ? null : tokens[at]!.end
}

function* allTokens(sql: string): Iterable<Token> {
  for (let token = nextToken(sql, 0); token !== null; token = nextToken(sql, token.end)) yield token
}

/**
 * Stops a statement of ours. It may not have reached the engine's process list yet, so this is repeated until it has
 * ended.
 *
 * @param ended  settles when the statement has ended, in whatever way
 */
export async function killUntilEnded(engine: Engine, query_id: string, ended: Promise<unknown>): Promise<void> {
  let done = false
  const end = (): void => {
    done = true
  }
  const settled = ended.then(end, end)
  for (let wait_ms = 20; !done; wait_ms = Math.min(wait_ms * 2, 1_000)) {
    const connection = engine.connect()
    try {
      await connection.query(`KILL QUERY WHERE ${QUERY_ID_SQL} = ${literal(query_id)} ASYNC`, 'Null')
    } finally {
      connection.close()
    }
    const pause = Promise.withResolvers<void>()
    const timer = setTimeout(pause.resolve, wait_ms)
    await Promise.race([settled, pause.promise])
    clearTimeout(timer)
  }
}
