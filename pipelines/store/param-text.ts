/**
 * The value of a query parameter as ClickHouse's HTTP interface reads it (`param_x=…`): TSV-escaped on its own, as a
 * literal within lists, maps and objects.
 * https://clickhouse.com/docs/interfaces/http#cli-queries-with-parameters
 *
 * @throws Error for a value that has no text, such as a function
 */
export function paramText(value: unknown): string {
  if (value === null || value === undefined) return '\\N'
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'boolean') return value ? '1' : '0'
  return literal(value)
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  switch (typeof value) {
    case 'string':
      return `'${escaped(value)}'`
    case 'boolean':
      return value ? 'TRUE' : 'FALSE'
    case 'number':
      return numberText(value)
    case 'bigint':
      return String(value)
  }
  if (Array.isArray(value)) return `[${value.map(literal).join(',')}]`
  if (value instanceof Date) return instantText(value)
  if (value instanceof Map) return mapText([...value])
  if (typeof value === 'object') return mapText(Object.entries(value))
  throw new Error(`a ${typeof value} cannot be a parameter of a statement`)
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (Number.isFinite(value)) return String(value)
  return value > 0 ? '+inf' : '-inf'
}

/** Seconds since 1970: read alike in every time zone. Fewer than ten digits would be read as a date. */
function instantText(value: Date): string {
  const seconds = String(Math.floor(value.getTime() / 1000)).padStart(10, '0')
  const ms = value.getUTCMilliseconds()
  return ms === 0 ? seconds : `${seconds}.${String(ms).padStart(3, '0')}`
}

function mapText(entries: readonly (readonly [unknown, unknown])[]): string {
  return `{${entries.map(([key, value]) => `${literal(key)}:${literal(value)}`).join(',')}}`
}

function escaped(text: string): string {
  return text.replaceAll(/[\t\n\r'\\]/g, (found) => ESCAPES[found]!)
}

const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', "'": "\\'", '\\': '\\\\' }
