import { lex } from './gate/lex.ts'

/**
 * A value for each `{name:Type}` of a statement, as its text is written: for a statement that is judged before anybody
 * has said what its parameters are.
 *
 * @throws Refusal for a text that cannot be read
 */
export function standIns(sql: string): Record<string, string> {
  const { tokens } = lex(sql)
  const values: Record<string, string> = {}
  for (const [at, { text }] of tokens.entries()) {
    if (text !== '{' || tokens[at + 2]?.text !== ':') continue
    const end = tokens.findIndex((token, place) => place > at && token.text === '}')
    const type = tokens.slice(at + 3, end).map((token) => token.text)
    values[tokens[at + 1]!.text] = standInFor(type.join(' '))
  }
  return values
}

/** @param type  as in ClickHouse; one that is not known here gets what stands for a number */
export function standInFor(type: string): string {
  const [, name, inner] = /^\s*([A-Za-z0-9]+)\s*(?:\((.*)\))?\s*$/s.exec(type) ?? []
  switch (name?.toLowerCase()) {
    case 'nullable':
    case 'lowcardinality':
      return standInFor(inner ?? '')
    case 'array':
      return '[]'
    case 'map':
      return '{}'
    case 'tuple':
      return `(${elements(inner ?? '')
        .map(quotedStandIn)
        .join(',')})`
    case 'enum':
    case 'enum8':
    case 'enum16':
      return /'([^']*)'/.exec(inner ?? '')?.[1] ?? ''
    default:
      return VALUES.find(([names]) => names.test(name ?? ''))?.[1] ?? '0'
  }
}

const VALUES: readonly (readonly [RegExp, string])[] = [
  [/^(?:fixed)?string$|^text$|char$/i, ''],
  [/^date(?:32)?$/i, '2000-01-01'],
  [/^(?:datetime(?:32|64)?|timestamp)$/i, '2000-01-01 00:00:00'],
  [/^time(?:64)?$/i, '00:00:00'],
  [/^uuid$/i, '00000000-0000-0000-0000-000000000000'],
  [/^ipv4$/i, '0.0.0.0'],
  [/^ipv6$/i, '::'],
]

/** Texts and dates within a tuple stand in quotes. */
function quotedStandIn(type: string): string {
  const value = standInFor(type.replace(/^\s*[A-Za-z_]\w*\s+(?=[A-Za-z])/, ''))
  return /^(?:\d+$|[[{(])/.test(value) ? value : `'${value}'`
}

/** The types of a tuple, between commas that are in no bracket. */
function elements(inner: string): string[] {
  const types = ['']
  let depth = 0
  for (const char of inner) {
    if (char === '(') depth += 1
    if (char === ')') depth -= 1
    if (char === ',' && depth === 0) types.push('')
    else types[types.length - 1] += char
  }
  return types
}
