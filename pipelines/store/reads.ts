import { Agent, type ClientRequest, request as http, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as https, Agent as SecureAgent } from 'node:https'
import { ClickHouseError, parseError } from '@clickhouse/client'
import type { Params, Settings, StoreOptions } from './access.ts'
import { paramText } from './param-text.ts'

/**
 * The way of reads to the store: one POST over a connection that is kept.
 *
 * Writes go through `@clickhouse/client`. For reads it costs as much as a small statement does in the embedded engine:
 * it waits for a timer before each request (a millisecond and more) and lays six streams around an answer (another
 * millisecond of processor time), which a question of several statements pays several times.
 *
 * @param settings  of every statement
 */
export function openReads(options: StoreOptions, settings: Settings): Reads {
  const { hostname, pathname, port, protocol } = new URL(options.url)
  const [begin, AgentOfIt] = protocol === 'https:' ? [https, SecureAgent] : [http, Agent]
  // Below the server's 3 s (old servers), 10 s (new) and 30 s (embedded), so that this side closes first.
  const agent = new AgentOfIt({ keepAlive: true, maxSockets: options.connections_max ?? 16, timeout: IDLE_MS })
  const head = `${pathname}?database=${encoded(options.database)}${settingsText(settings)}`
  const login = Buffer.from(`${options.user}:${options.password}`).toString('base64')
  const timeout = options.request_timeout_ms ?? 120_000
  let closed = false

  /** @throws what the connection failed with */
  function answerTo(read: Read, is_repeated: boolean): Promise<IncomingMessage> {
    const { body, path, type } = bodyOf(read, head)
    const headers = {
      authorization: `Basic ${login}`,
      'user-agent': 'omnify',
      'content-type': type,
      'content-length': Buffer.byteLength(body),
    }
    const signal = read.signal === undefined ? {} : { signal: read.signal }
    // A connection of its own for a second time: others that are kept may be as stale.
    const given: RequestOptions = { ...signal, path, headers, timeout, method: 'POST', agent: !is_repeated && agent }
    return new Promise((resolve, reject) => {
      let is_settled = false
      const asked = begin({ ...given, protocol, hostname, port }, (answer) => {
        is_settled = true
        resolve(answer)
      })
      asked.once('timeout', () => asked.destroy(new Error('Timeout error')))
      asked.on('error', (error) => {
        // What breaks later is told by the answer.
        if (is_settled) return
        is_settled = true
        if (is_repeated || closed || !isStale(asked, error)) reject(error)
        else answerTo(read, true).then(resolve, reject)
      })
      asked.end(body)
    })
  }

  return {
    async send(read) {
      const answer = await answerTo(read, false)
      const isGood = answer.statusCode === 200 && answer.headers['x-clickhouse-exception-code'] === undefined
      if (isGood) return answer
      const text = (await bytesOf(answer)).toString()
      const error = parseError(text)
      throw error instanceof ClickHouseError ? error : new Error(`HTTP ${answer.statusCode}: ${text.slice(0, 500)}`)
    },
    close() {
      closed = true
      agent.destroy()
    },
  }
}

export type Read = {
  readonly sql: string
  readonly params?: Params | undefined
  readonly settings?: Settings | undefined
  readonly query_id?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export type Reads = {
  /**
   * @returns an answer with status 200, to be read or destroyed
   * @throws ClickHouseError, or what the connection failed with
   */
  send(read: Read): Promise<IncomingMessage>
  /** Breaks off what is under way. */
  close(): void
}

/** All bytes of an answer. @throws what the connection failed with */
export function bytesOf(answer: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    answer.on('data', (chunk: Buffer) => chunks.push(chunk))
    answer.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    answer.once('error', reject)
  })
}

/**
 * The rows of an answer with one JSON value a line. They are read as they come, so that of a long answer only its rows are
 * held, and not its text besides.
 *
 * @throws SyntaxError where it is something else, or what the connection failed with
 */
export function rowsOf<T>(answer: IncomingMessage): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const rows: T[] = []
    let held: Buffer[] = []
    const take = () => {
      const lines = Buffer.concat(held).toString()
      held = []
      // A line end within a text is escaped.
      for (const row of JSON.parse(`[${lines.replaceAll('\n', ',')}]`) as T[]) rows.push(row)
    }
    answer.on('data', (chunk: Buffer) => {
      const end = chunk.lastIndexOf(LINE_END)
      if (end === -1) return void held.push(chunk)
      held.push(chunk.subarray(0, end))
      try {
        take()
      } catch (cause) {
        return void answer.destroy(cause as Error)
      }
      if (end + 1 < chunk.length) held.push(chunk.subarray(end + 1))
    })
    answer.once('end', () => (held.length === 0 ? resolve(rows) : reject(new SyntaxError('the last row has no end'))))
    answer.once('error', reject)
  })
}

const LINE_END = 10
const IDLE_MS = 2_000
/** Parameters of this many bytes go into the address: proxies refuse longer ones. */
const ADDRESS_BYTES_MAX = 4_096

/** Whether the other side had closed a connection that was kept, before it saw the request: it may be sent again. */
function isStale(asked: ClientRequest, error: NodeJS.ErrnoException): boolean {
  return asked.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}

function bodyOf({ params = {}, query_id, settings, sql }: Read, head: string) {
  const values = Object.entries(params).map(([name, value]) => [`param_${name}`, paramText(value)] as const)
  const id = query_id === undefined ? '' : `&query_id=${encoded(query_id)}`
  const path = `${head}${settingsText(settings ?? {})}${id}`
  const in_address = values.map(([name, value]) => `&${name}=${encoded(value)}`).join('')
  if (in_address.length <= ADDRESS_BYTES_MAX) return { path: path + in_address, body: sql, type: 'text/plain' }
  const form = formOf([['query', sql], ...values])
  return { path, ...form }
}

function settingsText(settings: Settings): string {
  let text = ''
  for (const [name, value] of Object.entries(settings)) text += `&${encoded(name)}=${encoded(String(value))}`
  return text
}

/** A lone surrogate has no bytes. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** `multipart/form-data`, RFC 7578. */
function formOf(fields: readonly (readonly [string, string])[]): { readonly body: string; readonly type: string } {
  let boundary = 'omnify'
  while (fields.some(([, value]) => value.includes(boundary))) boundary += '-omnify'
  const parts = fields.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return { body: `${parts.join('')}--${boundary}--\r\n`, type: `multipart/form-data; boundary=${boundary}` }
}
