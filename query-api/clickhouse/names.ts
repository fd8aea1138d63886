import type { Lexed, Token } from '../sql/gate/lex.ts'
import { Refusal } from '../sql/gate/refusal.ts'
import { text as literal } from '../sql/views/view-sql.ts'
import { isWord, nameOf } from './tokens.ts'
import { withoutValues } from './values.ts'

/** What a client is told of itself and of the server. */
export type Session = {
  readonly tenant: string
  readonly version: string
  readonly uptime_s: number
}

export const DATABASE = 'omnify'
/** Names under which clients find the tenant's views: drivers that are told no database say `default`. */
export const DATABASES: ReadonlySet<string> = new Set([DATABASE, 'default'])
const CATALOGS: ReadonlySet<string> = new Set(['system', 'information_schema'])

/**
 * The statement in the names of the gate: `omnify.orders` is `orders`, `system.columns` is the view `system_columns`, and
 * functions that tell of the session become what they tell. As far as it goes everything stays in its place, so that an
 * error names the line and column of what was sent.
 *
 * Nothing relies on this for safety: the gate judges what comes out.
 *
 * @param views  names of the tenant's views
 * @param catalog  names as in `system_columns`
 * @throws Refusal for a table of a database of ours that is not there
 */
export function inOwnNames(
  { text, tokens }: Lexed,
  session: Session,
  views: ReadonlySet<string>,
  catalog: ReadonlySet<string>,
): string {
  let out = ''
  let copied = 0
  const put = (from: number, to: number, by: string) => {
    out += text.slice(copied, from) + by.padEnd(to - from)
    copied = to
  }
  const items = selectItems(tokens)
  const values = withoutValues(tokens)
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!
    const [next, after] = [tokens[at + 1], tokens[at + 2]]
    const by = values.get(at)
    if (by !== undefined) put(token.from, token.to, by)
    if (by !== undefined || (token.kind !== 'word' && token.kind !== 'quoted')) continue
    const fresh = tokens[at - 1]?.text !== '.'
    if (fresh && next?.text === '.' && after !== undefined && (after.kind === 'word' || after.kind === 'quoted')) {
      const own = ownName(token, after, tokens[at - 1], views, catalog)
      if (own !== null) {
        put(token.from, after.to, own)
        at += 2
      }
    } else if (fresh && next?.text === '(' && after?.text === ')') {
      const told = TOLD[nameOf(token).toLowerCase()]?.(session)
      if (told === undefined) continue
      // What has no other name is known to the client by what it wrote.
      put(token.from, after.to, items.has(at) ? `${told} AS "${nameOf(token)}()"` : told)
      at += 2
    }
  }
  return out + text.slice(copied)
}

function ownName(
  database: Token,
  table: Token,
  before: Token | undefined,
  views: ReadonlySet<string>,
  catalog: ReadonlySet<string>,
): string | null {
  const [name, place] = [nameOf(table), nameOf(database)]
  if (DATABASES.has(place)) {
    if (views.has(name)) return name.padStart(table.to - database.from)
    if (!isWord(before, 'FROM', 'JOIN')) return null
  } else {
    const lower = place.toLowerCase()
    if (!CATALOGS.has(lower)) return null
    const own = `${lower}_${name.toLowerCase()}`
    if (catalog.has(own)) return own
    if (!isWord(before, 'FROM', 'JOIN')) return null
  }
  throw new Refusal(`Table ${place}.${name} does not exist`, database.from, 'unknown_table')
}

/** Functions without arguments, in lower case → what they say here, as SQL. */
const TOLD: Readonly<Record<string, (session: Session) => string>> = {
  currentdatabase: () => literal(DATABASE),
  current_database: () => literal(DATABASE),
  database: () => literal(DATABASE),
  schema: () => literal(DATABASE),
  currentuser: ({ tenant }) => literal(tenant),
  current_user: ({ tenant }) => literal(tenant),
  user: ({ tenant }) => literal(tenant),
  initialuser: ({ tenant }) => literal(tenant),
  version: ({ version }) => literal(version),
  displayname: () => literal(DISPLAY_NAME),
  hostname: () => literal(DISPLAY_NAME),
  fqdn: () => literal(DISPLAY_NAME),
  fullhostname: () => literal(DISPLAY_NAME),
  servertimezone: () => literal('UTC'),
  uptime: ({ uptime_s }) => `toUInt32(${Math.floor(uptime_s)})`,
  revision: () => 'toUInt32(0)',
  currentroles: () => 'emptyArrayString()',
  enabledroles: () => 'emptyArrayString()',
  defaultroles: () => 'emptyArrayString()',
}

export const DISPLAY_NAME = 'omnify'

/** Places of names that stand alone in a list of SELECT: `SELECT version(), x`. */
function selectItems(tokens: readonly Token[]): ReadonlySet<number> {
  const items = new Set<number>()
  const selecting: boolean[] = [false]
  for (const [at, token] of tokens.entries()) {
    if (token.text === '(' || token.text === '[') selecting.push(false)
    else if (token.text === ')' || token.text === ']') selecting.pop()
    else if (isWord(token, 'SELECT')) selecting[selecting.length - 1] = true
    else if (isWord(token, 'FROM', 'WHERE', 'GROUP', 'ORDER', 'LIMIT', 'UNION')) selecting[selecting.length - 1] = false
    else if (selecting.at(-1) === true && begins(tokens[at - 1]) && ends(tokens[at + 3])) items.add(at)
  }
  return items
}

function begins(before: Token | undefined): boolean {
  return before?.text === ',' || isWord(before, 'SELECT', 'DISTINCT')
}

/** What may stand behind `name()` when it is a whole item without another name. */
function ends(after: Token | undefined): boolean {
  return (
    after === undefined ||
    after.text === ',' ||
    after.text === ')' ||
    isWord(after, 'FROM', 'WHERE', 'GROUP', 'ORDER', 'LIMIT', 'UNION', 'SETTINGS', 'FORMAT')
  )
}
