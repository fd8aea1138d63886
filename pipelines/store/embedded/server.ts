import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { createAdmission } from './admission.ts'
import { createGate, type Secret } from './auth.ts'
import { createConnections } from './connections.ts'
import { makeCpuShares } from './cpu-shares.ts'
import type { Engine } from './engine.ts'
import { CODES, EngineError, engineErrorOf } from './errors.ts'
import { killUntilEnded, rewriteKill } from './kill.ts'
import { LIMITS } from './limits.ts'
import { createNameless } from './nameless.ts'
import { watchOverdue } from './overdue.ts'
import { createPipes } from './pipes.ts'
import { readRequest, type StoreRequest } from './request.ts'
import { type Head, sendBytes, sendError, sendFile, sendStream } from './respond.ts'
import { type Outcome, runStatement } from './run.ts'
import { createSpool } from './spool.ts'
import { classify, inlineData, type Statement, takesData } from './statement.ts'

/**
 * ClickHouse's HTTP interface over the embedded engine.
 *
 * @param scratch  an empty directory of this process for result pipes and the data of inserts
 * @param options.secret     user and password; every request without them gets 403 and code 516
 * @param options.onOverdue  called for a statement that outlives its limit by `overdue_ms` and cannot be stopped
 */
export function createStoreServer(
  engine: Engine,
  version: string,
  scratch: string,
  options: ServerOptions,
): StoreServer {
  const { secret, overdue_ms, onOverdue } = options
  const shares = makeCpuShares()
  const work = createAdmission(LIMITS.running_max, LIMITS.waiting_max)
  const control = createAdmission(LIMITS.control_max, LIMITS.waiting_max)
  const connections = createConnections(engine, LIMITS.idle_connections_max)
  const spool = createSpool(scratch, LIMITS.running_max)
  const pipes = createPipes(scratch, LIMITS.running_max)
  const nameless = createNameless(randomUUID())
  const running = new Map<string, { ended: Promise<unknown>; cancel: () => void }>()
  const admit = createGate(secret)
  let stopping = false

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    let head = headOf(message, version)
    try {
      const url = new URL(`http://store${message.url}`)
      admit(message, url)
      head = { ...head, query_id: url.searchParams.get('query_id') || head.query_id }
      if (url.pathname === '/ping' || (message.method === 'GET' && url.pathname === '/' && url.search === '')) {
        response.writeHead(200, { 'Content-Type': 'text/plain; charset=UTF-8' }).end('Ok.\n')
        return
      }
      if (url.pathname !== '/') throw new EngineError(CODES.UNSUPPORTED_METHOD, `There is no handle ${url.pathname}`)
      const request = await readRequest(message, url, (query) => takesData(classify(query)))
      await execute(request, response, head)
    } catch (cause) {
      if (response.destroyed) return
      if (response.headersSent) response.destroy()
      else sendError(response, head, engineErrorOf(cause))
    }
  }

  async function execute(request: StoreRequest, response: ServerResponse, asked: Head): Promise<void> {
    const query_id = request.query_id ?? asked.query_id
    const statement = classify(request.sql)
    const head = {
      ...asked,
      query_id,
      format: formatOf(statement, request),
      encoding: request.compress ? asked.encoding : null,
    }
    if (running.has(query_id)) {
      throw new EngineError(
        CODES.QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING,
        `Query with id = ${query_id} is already running.`,
      )
    }
    const abort = new AbortController()
    const whole = Promise.withResolvers<void>()
    running.set(query_id, { ended: whole.promise, cancel: () => abort.abort() })
    response.once('close', () => {
      if (!response.writableFinished) abort.abort()
    })
    try {
      const lane = statement.kind === 'kill' ? control : work
      await lane.run(abort.signal, () => perform(request, statement, head, response, abort.signal))
    } finally {
      running.delete(query_id)
      whole.resolve()
    }
  }

  async function perform(
    request: StoreRequest,
    statement: Statement,
    head: Head,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const { query_id } = head
    if (stopping) throw stopError()
    if (statement.kind === 'kill') return kill(request, statement.sql, head, response)
    const whole = statement.kind === 'read' && request.wait_end
    const is_nameless = whole && request.query_id === null
    const id = is_nameless ? nameless.take() : query_id
    // An insert has data, a read may have a result: one file at most.
    const file = spool.open()
    try {
      const inline = inlineData(statement, request.body === null ? request.sql : null)
      const direct: Statement = inline === 'values' ? { kind: 'insert', sql: request.sql } : statement
      const source = request.body ?? (inline === 'values' ? null : inline)
      const data = source === null ? '' : await file.write(source)
      if (signal.aborted) throw new EngineError(CODES.QUERY_WAS_CANCELLED, 'Query was cancelled')
      const pipe = statement.kind === 'read' && !whole ? pipes.open() : null
      // A whole result is tried in memory first; a bound that the client has set itself is left to the engine.
      let result = whole && BOUNDS.some((name) => request.settings.has(name)) ? file.use() : ''
      const run = (): Promise<Outcome> => {
        const out = pipe?.path ?? (result || null)
        return runStatement(connections, { request, statement: direct, query_id: id, out, data })
      }
      const throughFile = (cause: unknown): Promise<Outcome> => {
        const too_large = engineErrorOf(cause).code === CODES.TOO_MANY_ROWS_OR_BYTES
        if (!whole || result !== '' || !too_large || signal.aborted) throw cause
        result = file.use()
        return run()
      }
      const ended = shares.measure(() => run().catch(throughFile)).catch(orStopping)
      const watched = { settings: request.settings, grace_ms: overdue_ms, ended }
      watchOverdue(watched, (limit_s) => onOverdue(query_id, limit_s))
      const onAbort = (): void => {
        // A query that waits for its reader cannot see the KILL: from here on the pipe reads for itself.
        pipe?.source.destroy()
        killUntilEnded(engine, id, ended).catch((cause) => process.emitWarning(`cannot kill ${query_id}: ${cause}`))
      }
      if (signal.aborted) onAbort()
      else signal.addEventListener('abort', onAbort, { once: true })
      try {
        if (pipe !== null) {
          const finished = ended.finally(() => pipe.finish())
          // Both wait for the same end; each failure has a reader of its own.
          await Promise.all([sendStream(response, head, pipe.source, finished), finished.catch(() => {})])
        } else {
          const outcome = await ended
          if (result !== '') await sendFile(response, head, result, outcome)
          else sendBytes(response, head, outcome)
        }
      } finally {
        await ended.catch(() => {})
        signal.removeEventListener('abort', onAbort)
        await pipe?.release()
      }
    } finally {
      if (is_nameless && !signal.aborted) nameless.giveBack(id)
      await file.release()
    }
  }

  /** A statement that was killed by a stop may be tried again elsewhere or later; one killed by its owner may not. */
  function orStopping(cause: unknown): never {
    throw stopping && engineErrorOf(cause).code === CODES.QUERY_WAS_CANCELLED ? stopError(cause) : cause
  }

  async function kill(request: StoreRequest, sql: string, head: Head, response: ServerResponse): Promise<void> {
    const rewritten = rewriteKill(sql)
    const run = (text: string): Promise<Outcome> => {
      const statement: Statement = { kind: 'other', sql: text }
      return runStatement(connections, { request, statement, query_id: head.query_id, out: null, data: '' })
    }
    const outcome = await run(rewritten.sql)
    while (rewritten.sync && !response.destroyed) {
      const left = await run('SELECT count() FROM system.processes WHERE is_cancelled FORMAT TabSeparated')
      if (left.bytes?.toString('utf8').trim() === '0') break
      await delay(20)
    }
    sendBytes(response, head, outcome)
  }

  const server = createServer({ maxHeaderSize: LIMITS.head_in_bytes_max }, (message, response) => {
    // Writing to a client that is gone is no error of ours: 'close' is what the code above listens to.
    response.on('error', () => {})
    handle(message, response).catch((cause: unknown) => {
      process.emitWarning(`request failed beyond repair: ${cause}`)
      response.destroy()
    })
  })
  server.keepAliveTimeout = LIMITS.keep_alive_ms
  server.headersTimeout = 60_000
  server.requestTimeout = LIMITS.receive_timeout_ms
  return {
    server,
    async stop() {
      stopping = true
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeIdleConnections()
      const late = setTimeout(() => {
        for (const entry of running.values()) entry.cancel()
      }, LIMITS.drain_ms)
      await Promise.all([...running.values()].map((entry) => entry.ended))
      clearTimeout(late)
      server.closeAllConnections()
      await closed
      connections.close()
      await spool.remove()
    },
  }
}

export type ServerOptions = {
  readonly secret: Secret
  readonly overdue_ms: number
  readonly onOverdue: (query_id: string, limit_s: number) => void
}

export type StoreServer = { readonly server: Server; stop(): Promise<void> }

const BOUNDS = ['max_result_bytes', 'max_result_rows', 'result_overflow_mode']

function formatOf(statement: Statement, request: StoreRequest): string {
  return (statement.kind === 'read' || statement.kind === 'kill' ? statement.format : null) ?? request.default_format
}

function headOf(message: IncomingMessage, version: string): Head {
  const accepts = String(message.headers['accept-encoding'] ?? '')
  const encoding = /\bgzip\b/.test(accepts) ? 'gzip' : /\bdeflate\b/.test(accepts) ? 'deflate' : null
  return {
    query_id: randomUUID(),
    format: 'TabSeparated',
    version,
    encoding,
    exception_tag: randomUUID().replaceAll('-', '').slice(16),
  }
}

function stopError(cause?: unknown): EngineError {
  return new EngineError(CODES.ABORTED, 'The store is stopping', { cause })
}
