import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Engine } from './engine.ts'
import { CODES, EngineError } from './errors.ts'
import { LIMITS } from './limits.ts'
import type { StoreRequest } from './request.ts'
import type { InsertData, InsertInput, Statement } from './statement.ts'

/**
 * Runs one statement on a connection of its own.
 *
 * @param out  where a result goes: a pipe or a file, as a path that the engine opens for writing
 * @returns what it read and wrote, and the bytes of a small result that did not go to `out`
 */
export async function runStatement(engine: Engine, job: Job): Promise<Outcome> {
  const connection = engine.connect(commentOf(job))
  try {
    const { statement } = job
    const preparation = preparationOf(job.request)
    // A read goes in one call with what prepares it: each call is a trip to a thread and back.
    if (preparation !== '' && statement.kind !== 'read') await connection.query(preparation, 'TabSeparated')
    switch (statement.kind) {
      case 'read': {
        const format = statement.format === null ? ` FORMAT ${identifier(job.request.default_format)}` : ''
        const sql = `${preparation}${statement.sql.slice(0, statement.out_at)}\nINTO OUTFILE ${literal(job.out)} TRUNCATE${format} ${statement.sql.slice(statement.out_at)}`
        const result = await connection.query(sql, 'TabSeparated')
        return { ...NOTHING_WRITTEN, rows_read: result.rows_read, bytes_read: result.bytes_read, bytes: null }
      }
      case 'kill':
      case 'other': {
        const result = await connection.query(statement.sql, job.request.default_format)
        return { ...NOTHING_WRITTEN, rows_read: result.rows_read, bytes_read: result.bytes_read, bytes: result.bytes }
      }
      case 'insert':
        return wrote(await connection.insert(statement.sql))
      case 'insert_data':
        return wrote(await connection.insert(insertFrom(statement, job.data)))
      case 'insert_input':
        return wrote(await connection.insert(selectFrom(statement, job.data)))
      case 'invalid':
        throw new EngineError(CODES.SYNTAX_ERROR, statement.reason)
    }
  } finally {
    connection.close()
  }
}

export type Job = {
  readonly request: StoreRequest
  readonly statement: Statement
  readonly query_id: string
  readonly out: string
  /** The file with an insert's data; '' where there is none. */
  readonly data: string
}

export type Outcome = {
  readonly rows_read: number
  readonly bytes_read: number
  readonly rows_written: number
  readonly bytes_written: number
  readonly bytes: Buffer | null
}

const NOTHING_WRITTEN = { rows_written: 0, bytes_written: 0 }

function wrote(result: { rows_written: number; bytes_written: number }): Outcome {
  return { rows_read: result.rows_written, bytes_read: result.bytes_written, ...result, bytes: null }
}

/**
 * SQL that sets database, parameters and settings, or ''. Parameters are text in ClickHouse's escaped form both in HTTP
 * and in `SET param_x`, so they pass as they are.
 */
function preparationOf(request: StoreRequest): string {
  const assignments = [
    ...[...request.params].map(([name, value]) => `${identifier(`param_${name}`)} = ${literal(value)}`),
    ...[...request.settings]
      .filter(([name]) => name !== 'log_comment')
      .map(([name, value]) => `${identifier(name)} = ${literal(value)}`),
    ...(request.read_only && !request.settings.has('readonly') ? ['readonly = 2'] : []),
  ]
  const database = request.database === null ? '' : `USE ${quoted(request.database)}; `
  return database + (assignments.length === 0 ? '' : `SET ${assignments.join(', ')}; `)
}

function insertFrom(statement: InsertData, file: string): string {
  return `${statement.sql} FROM INFILE ${literal(file)} ${statement.rest} FORMAT ${statement.format}`
}

function selectFrom(statement: InsertInput, file: string): string {
  const structure = statement.structure === '' ? '' : `, ${statement.structure}`
  const source = `file(${literal(file)}, ${literal(statement.format)}${structure})`
  return statement.sql.slice(0, statement.from) + source + statement.sql.slice(statement.to)
}

/**
 * Writes an insert's data to a file of its own. A body that ends early leaves nothing behind: on a server such an
 * insert may have written a part of its rows.
 *
 * @throws EngineError 271 above `LIMITS.insert_bytes_max`
 */
export async function spool(data: Readable | Buffer, path: string): Promise<string> {
  const source = Buffer.isBuffer(data) ? [data] : data
  try {
    await pipeline(source, limiter(), createWriteStream(path, { mode: 0o600 }))
    return path
  } catch (cause) {
    await rm(path, { force: true })
    throw cause instanceof EngineError
      ? cause
      : new EngineError(CODES.ABORTED, 'The data of the insert ended early', { cause })
  }
}

function limiter(): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes <= LIMITS.insert_bytes_max) done(null, chunk)
      else
        done(
          new EngineError(CODES.TOO_LARGE_SIZE_COMPRESSED, `The insert has more than ${LIMITS.insert_bytes_max} bytes`),
        )
    },
  })
}

/**
 * The engine gives statements ids of its own. Ours travel in `log_comment`, before what the client put there.
 *
 * The SQL text stays as it was sent, so what looks for it in system.processes works in both forms of the store.
 */
function commentOf(job: Job): string {
  const theirs = job.request.settings.get('log_comment')
  return encodeURIComponent(job.query_id.toWellFormed()) + (theirs === undefined ? '' : ` ${theirs}`)
}

/** SQL for the id that a row of system.processes was started with over HTTP. */
export const QUERY_ID_SQL = "decodeURLComponent(splitByChar(' ', Settings['log_comment'])[1])"

export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function quoted(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

/** A name that comes from a URL and stands bare in SQL. */
function identifier(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name)) {
    throw new EngineError(CODES.SYNTAX_ERROR, `Not a name of a setting, parameter or format: ${name.slice(0, 100)}`)
  }
  return name
}
