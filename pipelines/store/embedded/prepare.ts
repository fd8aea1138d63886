import { CODES, EngineError } from './errors.ts'
import type { StoreRequest } from './request.ts'

/**
 * SQL that puts database, parameters and settings of a request on its connection. Parameters are text in ClickHouse's
 * escaped form both in HTTP and in `SET param_x`, so they pass as they are.
 *
 * @param comment  value of `log_comment`, by which system.processes shows whose statement it is
 * @param more     settings of our own
 */
export function prepare(request: StoreRequest, comment: string, more: Readonly<Record<string, string>>): Preparation {
  const settings = new Map([...request.settings, ...Object.entries(more), ['log_comment', comment] as const])
  if (request.read_only && !settings.has('readonly')) settings.set('readonly', READS_ONLY)
  const names = [
    ...[...request.params.keys()].map((name) => identifier(`param_${name}`)),
    ...[...settings.keys()].map(identifier),
  ]
  const values = [...request.params.values(), ...settings.values()]
  const assignments = new Map(names.map((name, at) => [name, literal(values[at]!)]))
  const readonly = settings.get('readonly') ?? ''
  const lasting = LASTING.some((name) => settings.has(name)) || !(readonly === '' || readonly === READS_ONLY)
  return {
    key: lasting ? null : [request.database ?? '', readonly, ...names.toSorted()].join('\n'),
    first: request.database === null ? '' : `USE ${quoted(request.database)}; `,
    assignments,
  }
}

/**
 * SQL for what differs from what a connection has, or ''. Each assignment takes the engine 15 µs, and most requests say
 * the same twenty times over.
 *
 * @param before  what is set on the connection; null for a fresh one
 */
export function assign(assignments: Assignments, before: Assignments | null): string {
  const changed = [...assignments].filter(([name, value]) => before?.get(name) !== value)
  return changed.length === 0 ? '' : `SET ${changed.map(([name, value]) => `${name} = ${value}`).join(', ')}; `
}

/** Name of a setting or parameter → its value as a literal. */
export type Assignments = ReadonlyMap<string, string>

export type Preparation = {
  /** Names all that is set; requests with one key may share a connection. Null: with none. */
  readonly key: string | null
  /** Statements for a fresh connection, or ''. */
  readonly first: string
  /** To be set before each use, after `first`. */
  readonly assignments: Assignments
}

/** These change what other settings are or whether they may be set, so setting them anew does not undo them. */
const LASTING: readonly string[] = ['compatibility', 'profile', 'allow_ddl']

/**
 * This value of `readonly` lets everything else be set anew, and itself never: statements that have it share connections
 * with their like. Any other one makes a connection that is used once.
 */
const READS_ONLY = '2'

export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** A name that comes from a URL and stands bare in SQL. */
export function identifier(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name)) {
    throw new EngineError(CODES.SYNTAX_ERROR, `Not a name of a setting, parameter or format: ${name.slice(0, 100)}`)
  }
  return name
}

function quoted(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}
