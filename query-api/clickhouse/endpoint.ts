import type { Readable } from 'node:stream'
import type { Clock, RandomBytes } from '../../pipelines/clock.ts'
import type { Settings, Store } from '../../pipelines/store/client.ts'
import type { Slots } from '../sql/slots.ts'
import { createSql } from '../sql/sql.ts'
import { text } from '../sql/views/view-sql.ts'
import { BESIDE, CATALOG, nameOfCatalog } from './catalog/catalog.ts'
import { VIEW_NAMES } from './catalog/system.ts'
import { BiError, CODES } from './errors.ts'
import { type BiFormat, formatNamed } from './formats.ts'
import { DATABASE, DATABASES, inOwnNames, type Session } from './names.ts'
import { whileTelling } from './progress.ts'
import type { BiRequest } from './request.ts'
import { makeSessions } from './sessions.ts'
import { settingsFrom } from './settings.ts'
import { describing, shown } from './show.ts'
import { readStatement, type Statement } from './statement.ts'
import type { Summary } from './summary.ts'
import { type EngineWords, readWords } from './words.ts'

export type EndpointDeps = {
  readonly store: Store
  /** A client of the same store in another database. */
  readonly connect: (database: string) => Store
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  /** Places for statements, shared with the SQL API. */
  readonly slots: Slots
  /** As in `SqlOptions`. */
  readonly onRows?: (rows: number) => void
}

/** Rows, or nothing: `SET` has no answer. */
export type BiAnswer = {
  readonly rows: Readable | null
  readonly format: BiFormat
  readonly time_zone: string
  readonly watermark: string | null
  /** What the store says of the answer, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * What BI tools ask, apart from how it comes in and goes out: statements in the names of the tools become statements of
 * the gate's, and run where those of `POST /v1/sql` run, under the same limits.
 */
export function createEndpoint({
  clock,
  connect,
  onRows = () => {},
  randomBytes,
  slots,
  store,
}: EndpointDeps): Endpoint {
  const sql = createSql(store, connect, clock, { slots, beside: BESIDE, onRows })
  const sessions = makeSessions(clock)
  const began_ms = clock()
  const running = new Map<string, AbortController>()
  let reading: Promise<EngineWords> | undefined

  function words(): Promise<EngineWords> {
    reading ??= readWords(store).catch((cause: unknown) => {
      reading = undefined
      throw cause
    })
    return reading
  }

  /** Runs what the gate lets through, in a format. */
  async function run(sql_text: string, asked: Asked, format: BiFormat): Promise<BiAnswer> {
    const { request, settings, signal, tell, tenant } = asked
    const id = randomBytes(12).toString('hex')
    const answering = sql.answer({
      tenant,
      sql: sql_text,
      params: request.params,
      params_as_sent: true,
      format: { ...format, engine: format.name, settings, whole: false },
      query_id: id,
      signal,
      patience_ms: PATIENCE_MS,
    })
    const { progress, progress_ms: interval_ms } = request
    const watched = { query_id: id, interval_ms, tell }
    const { body, headers, watermark } = await (progress ? whileTelling(store, watched, answering) : answering)
    const time_zone = String(settings.session_timezone || 'UTC')
    return { rows: body as Readable, format, headers, time_zone, watermark }
  }

  async function show(statement: Statement & { kind: 'show' }, asked: Asked, session: Session): Promise<string> {
    const { lexed } = statement
    const answer = shown(lexed.tokens, tableExists)
    if ('sql' in answer) return answer.sql
    const query = inOwnNames(lexed, session, VIEW_NAMES, CATALOG_NAMES).slice(answer.describe)
    // Its columns are those of an answer without rows.
    const { rows } = await run(`SELECT * FROM (${query}) LIMIT 0`, asked, formatNamed('JSONCompact')!)
    let body = ''
    for await (const chunk of rows!.setEncoding('utf8')) body += chunk
    return describing((JSON.parse(body) as { meta: { name: string; type: string }[] }).meta)
  }

  async function perform(asked: Asked, statement: Statement, format: BiFormat): Promise<BiAnswer> {
    const { request, session_settings, tenant } = asked
    const session = await this_session(tenant)
    switch (statement.kind) {
      case 'query':
        return run(inOwnNames(statement.lexed, session, VIEW_NAMES, CATALOG_NAMES), asked, format)
      case 'show':
        return run(await show(statement, asked, session), { ...asked, request: { ...request, params: {} } }, format)
      case 'kill':
        return run(killed(running, tenant, statement.query_id), asked, format)
      case 'use':
        databaseOf(statement.database)
        return nothing(format)
      case 'set':
        // Refused here and not at the next statement.
        settingsFrom(statement.settings, (await words()).settings)
        for (const [name, value] of statement.settings) session_settings?.set(name, value)
        return nothing(format)
    }
  }

  async function this_session(tenant: string): Promise<Session> {
    return { tenant, version: (await words()).version, uptime_s: (clock() - began_ms) / 1_000 }
  }

  return {
    session: this_session,
    words,
    async answer(request, tenant, { query_id, signal, tell }) {
      databaseOf(request.database ?? DATABASE)
      const { session_check, session_id, session_timeout_s } = request
      const session_settings =
        session_id === null ? null : sessions.of(tenant, session_id, session_timeout_s, session_check)
      const statement = readStatement(request.sql)
      const tail = 'tail' in statement ? statement.tail : null
      const name = tail?.format ?? request.default_format
      const format = formatNamed(name)
      if (format === undefined) throw new BiError(CODES.UNKNOWN_FORMAT, `Unknown format ${name.slice(0, 60)}`)
      const given = new Map([...(session_settings ?? []), ...request.settings, ...(tail?.settings ?? [])])
      const settings: Settings = {
        ...settingsFrom(given, (await words()).settings),
        ...(request.wait_end ? { wait_end_of_query: 1 } : {}),
      }
      const key = `${tenant} ${query_id}`
      if (running.has(key))
        throw new BiError(
          CODES.QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING,
          `Query with id = ${query_id} is already running.`,
        )
      const stop = new AbortController()
      running.set(key, stop)
      const ended = () => void running.delete(key)
      try {
        const both = AbortSignal.any([signal, stop.signal])
        const answer = await perform(
          { request, settings, session_settings, signal: both, tell, tenant },
          statement,
          format,
        )
        if (answer.rows === null) ended()
        else answer.rows.once('close', ended)
        return answer
      } catch (cause) {
        ended()
        if (stop.signal.aborted) throw new BiError(CODES.QUERY_WAS_CANCELLED, 'Query was cancelled', { cause })
        throw cause
      }
    },
    close: () => sql.close(),
  }
}

export type Endpoint = {
  /** @throws BiError, ApiError, Refusal, StoreError: see `biErrorOf` */
  answer(request: BiRequest, tenant: string, call: Call): Promise<BiAnswer>
  session(tenant: string): Promise<Session>
  words(): Promise<EngineWords>
  close(): Promise<void>
}

export type Call = {
  /** The client's own, or one that was made for it. */
  readonly query_id: string
  readonly signal: AbortSignal
  /** Told how far the statement is, where the request asks for it. */
  readonly tell: (progress: Summary) => void
}

type Asked = Omit<Call, 'query_id'> & {
  readonly request: BiRequest
  readonly tenant: string
  readonly settings: Settings
  readonly session_settings: Map<string, string> | null
}

/** A page of charts asks all its questions at once; the last of them waits for the others. */
const PATIENCE_MS = 20_000

const CATALOG_NAMES: ReadonlySet<string> = new Set(CATALOG.map(nameOfCatalog))

function tableExists(database: string, name: string): boolean {
  if (database === DATABASE) return VIEW_NAMES.has(name)
  return CATALOG_NAMES.has(`${database.toLowerCase()}_${name.toLowerCase()}`)
}

function databaseOf(name: string): void {
  if (DATABASES.has(name) || name === 'system' || name.toLowerCase() === 'information_schema') return
  throw new BiError(CODES.UNKNOWN_DATABASE, `Database ${name.slice(0, 100)} does not exist`)
}

/** Cancels a statement of the tenant's own. @returns what ClickHouse answers: a row, if there was one */
function killed(running: ReadonlyMap<string, AbortController>, tenant: string, query_id: string): string {
  const stop = running.get(`${tenant} ${query_id}`)
  stop?.abort()
  return `SELECT 'waiting' AS kill_status, ${text(query_id)} AS query_id, ${text(tenant)} AS user, '' AS query WHERE ${stop === undefined ? 0 : 1}`
}

function nothing(format: BiFormat): BiAnswer {
  return { rows: null, format, headers: {}, time_zone: 'UTC', watermark: null }
}
