import type { Connections } from './connections.ts'
import type { Connection } from './engine.ts'
import { CODES, EngineError } from './errors.ts'
import { LIMITS } from './limits.ts'
import { assign, identifier, literal, prepare } from './prepare.ts'
import type { StoreRequest } from './request.ts'
import type { InsertData, InsertInput, Statement } from './statement.ts'

/**
 * Runs one statement on a connection that nobody else uses meanwhile.
 *
 * @returns what it read and wrote, and the bytes of a result that did not go to `job.out`
 * @throws EngineError 396 when a result without `out` is larger than LIMITS allow
 */
export async function runStatement(connections: Connections, job: Job): Promise<Outcome> {
  const { statement } = job
  const in_memory = statement.kind === 'read' && job.out === null
  const preparation = prepare(job.request, commentOf(job), in_memory ? BOUNDED : {})
  // What other statements leave on a connection (SET, USE, temporary tables) is not known.
  const lease = connections.take(statement.kind === 'other' || statement.kind === 'kill' ? null : preparation.key)
  let ended_well = false
  try {
    const first = lease.values === null ? preparation.first : ''
    const outcome = await runOn(lease.connection, job, first + assign(preparation.assignments, lease.values))
    ended_well = true
    return outcome
  } finally {
    if (ended_well) connections.giveBack(lease, preparation.assignments)
    else lease.connection.close()
  }
}

async function runOn(connection: Connection, job: Job, preparation: string): Promise<Outcome> {
  const { request, statement } = job
  // A read goes in one call with what prepares it: each call is a trip to a thread and back.
  if (statement.kind !== 'read' && preparation !== '') await connection.query(preparation, 'TabSeparated')
  switch (statement.kind) {
    case 'read': {
      const format = statement.format ?? identifier(request.default_format)
      const body = statement.sql.slice(0, statement.out_at)
      const into = job.out === null ? '' : `INTO OUTFILE ${literal(job.out)} TRUNCATE `
      // The clause is repeated behind FORMAT when the statement has one of its own there.
      const tail =
        statement.format === null
          ? `FORMAT ${format} ${statement.sql.slice(statement.out_at)}`
          : statement.sql.slice(statement.out_at)
      const result = await connection.query(`${preparation}${body}\n${into}${tail}`, format)
      return { ...readOf(result), bytes: job.out === null ? result.bytes : null }
    }
    case 'kill':
    case 'other': {
      const result = await connection.query(statement.sql, request.default_format)
      return { ...readOf(result), bytes: result.bytes }
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
}

export type Job = {
  readonly request: StoreRequest
  readonly statement: Statement
  readonly query_id: string
  /** Where the result of a read goes: a pipe or a file, as a path that the engine opens; null: into memory. */
  readonly out: string | null
  /** The file with an insert's data; '' where there is none. */
  readonly data: string
}

export type Outcome = {
  readonly rows_read: number
  readonly bytes_read: number
  readonly rows_written: number
  readonly bytes_written: number
  readonly bytes: Buffer | null
  /** Processor time, in µs; only of the whole work, which the server measures. */
  readonly cpu_us?: number
}

/** Of a result that is held in memory. */
const BOUNDED = {
  max_result_bytes: String(LIMITS.result_bytes_max),
  max_result_rows: String(LIMITS.result_rows_max),
  result_overflow_mode: 'throw',
}

function readOf(result: { rows_read: number; bytes_read: number }) {
  return { rows_read: result.rows_read, bytes_read: result.bytes_read, rows_written: 0, bytes_written: 0 }
}

function wrote(result: { rows_written: number; bytes_written: number }): Outcome {
  return { rows_read: result.rows_written, bytes_read: result.bytes_written, ...result, bytes: null }
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
