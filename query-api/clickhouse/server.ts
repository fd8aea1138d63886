import { AsyncLocalStorage } from 'node:async_hooks'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { type RandomBytes, steadyClock } from '../../pipelines/clock.ts'
import type { Budgets, Stay } from '../../pipelines/limits/budgets.ts'
import { leaveAtEnd } from '../../pipelines/limits/leave-at-end.ts'
import { StoreError } from '../../pipelines/store/client.ts'
import type { Tenants } from '../../pipelines/tenants/port.ts'
import { meterStore } from '../limits/meter-store.ts'
import { questionBudgets, TENANT_LIMITS } from '../limits/tenant-limits.ts'
import { storeRefused } from '../sql/errors.ts'
import { callerOf } from './credentials.ts'
import { createEndpoint, type EndpointDeps } from './endpoint.ts'
import { BiError, biErrorOf, CODES } from './errors.ts'
import { formatNamed } from './formats.ts'
import { helloBlock, isHello } from './hello.ts'
import { earlyHead } from './progress.ts'
import { readRequest } from './request.ts'
import { encodingFor, type Head, nameOfCode, sendError, sendRows } from './respond.ts'
import { summaryOf } from './summary.ts'

export type BiDeps = EndpointDeps & {
  readonly tenants: Pick<Tenants, 'authenticate'>
  readonly randomBytes: RandomBytes
  /** What tenants may ask of this process, on all its ports; the defaults of `limits/tenant-limits.ts` when not given. */
  readonly budgets?: Budgets
  /** Told of our own mistakes; the client only hears that there was one. */
  readonly onMistake: (error: unknown) => void
}

/** ClickHouse's HTTP interface over the views of the tenant who asks: docs/bi.md. The caller lets it listen and closes it. */
export function createBiServer(deps: BiDeps): BiServer {
  const { budgets = questionBudgets(TENANT_LIMITS, steadyClock) } = deps
  const visits = new AsyncLocalStorage<Stay>()
  const payer = () => visits.getStore()?.charge
  const endpoint = createEndpoint({
    ...deps,
    connect: (database) => meterStore(deps.connect(database), payer, steadyClock),
    onRows: (rows) => visits.getStore()?.charge({ rows }),
  })

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    let head: Head = {
      query_id: deps.randomBytes(16).toString('hex'),
      format: formatNamed('TabSeparated')!,
      version: '',
      time_zone: 'UTC',
      summary: summaryOf({}, 0),
      watermark: null,
      encoding: null,
      blocks: false,
      progress: false,
      exception_tag: deps.randomBytes(8).toString('hex'),
    }
    const gone = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) gone.abort()
    })
    const began_ms = performance.now()
    let sql = ''
    // The engine's own words tell more than an asker may know.
    const inWords = (cause: unknown) => failureOf(cause instanceof StoreError ? storeRefused(cause, sql) : cause)
    try {
      const url = urlOf(message)
      if (isPing(message, url)) return void response.writeHead(200, PLAIN).end('Ok.\n')
      const { tenant } = await callerOf(deps.tenants, message, url)
      if (url.pathname !== '/') throw new BiError(CODES.UNSUPPORTED_METHOD, `There is no handle ${url.pathname}`)
      const stay = budgets.enter(tenant.name)
      if ('detail' in stay) {
        response.setHeaders(new Headers({ ...stay.headers, 'retry-after': String(stay.after_s) }))
        throw new BiError(CODES.TOO_MANY_SIMULTANEOUS_QUERIES, stay.detail)
      }
      leaveAtEnd(stay, response)
      const request = await readRequest(message, url)
      sql = request.sql
      const accepted = String(message.headers['accept-encoding'] ?? '')
      head = {
        ...head,
        query_id: request.query_id ?? head.query_id,
        version: (await endpoint.words()).version,
        encoding: request.compress ? encodingFor(accepted) : null,
        blocks: request.blocks,
        progress: request.progress,
      }
      if (isHello(request.sql, request.protocol_version)) {
        const block = helloBlock(await endpoint.session(tenant.name), request.protocol_version)
        const native = { ...head, format: formatNamed('Native')! }
        return await sendRows(response, native, only(block), inWords)
      }
      const call = { query_id: head.query_id, signal: gone.signal, tell: earlyHead(response) }
      const answer = await visits.run(stay, () => endpoint.answer(request, tenant.name, call))
      response.setHeaders(new Headers(stay.headers()))
      const { format, headers, time_zone, watermark } = answer
      const summary = summaryOf(headers, performance.now() - began_ms)
      head = { ...head, format, time_zone, watermark, summary }
      await sendRows(response, head, answer.rows ?? only(Buffer.alloc(0)), inWords)
    } catch (cause) {
      if (response.destroyed) return
      if (response.headersSent) return void response.destroy()
      // What is left of the request is not read: the connection cannot carry another one.
      if (!message.complete) response.setHeader('Connection', 'close')
      // Before anybody was let in, the head does not have the version yet.
      const { error, name, version } = await inWords(cause)
      sendError(response, { ...head, version }, error, name)
    }
  }

  async function failureOf(cause: unknown): Promise<{ error: BiError; name: string; version: string }> {
    const known = biErrorOf(cause)
    if (known === null) deps.onMistake(cause)
    const error = known ?? new BiError(CODES.LOGICAL_ERROR, 'our own mistake; the log of the engine has the details')
    // A store that is away knows no names either.
    const { errors, version } = await endpoint.words().catch(() => ({ errors: new Map<number, string>(), version: '' }))
    return { error, name: nameOfCode(error.code, errors), version }
  }

  const server = createServer(
    { maxHeaderSize: HEADERS_BYTES_MAX, highWaterMark: SOCKET_BYTES },
    (message, response) => {
      // Writing to a client that is gone is no error of ours: 'close' is what the code above listens to.
      response.on('error', () => {})
      handle(message, response).catch((cause: unknown) => {
        deps.onMistake(cause)
        response.destroy()
      })
    },
  )
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.requestTimeout = REQUEST_MS
  return {
    server,
    async close() {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
      await endpoint.close()
    },
  }
}

export type BiServer = { readonly server: Server; close(): Promise<void> }

/** A GET carries its statement and parameters in the address. */
const HEADERS_BYTES_MAX = 256 * 1024
/** Held for a client that reads slower than the store writes; with less, each chunk waits for the one before it. */
const SOCKET_BYTES = 512 * 1024
/** Longer than drivers keep a connection (10 s): the side that sends must close first. */
const KEEP_ALIVE_MS = 30_000
const REQUEST_MS = 60_000

const PLAIN = { 'Content-Type': 'text/plain; charset=UTF-8' }

function urlOf(message: IncomingMessage): URL {
  const url = URL.parse(message.url ?? '/', 'http://bi')
  if (url === null) throw new BiError(CODES.BAD_ARGUMENTS, 'The address of the request cannot be read')
  return url
}

function only(bytes: Buffer): Readable {
  return Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false })
}

/** What monitors ask, without a key. */
function isPing({ method }: IncomingMessage, url: URL): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return url.pathname === '/ping' || url.pathname === '/replicas_status' || (url.pathname === '/' && url.search === '')
}
