import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What happens to one request, and to its connection. */
export type Cut =
  /** It is answered 500 and never passed on. */
  | 'error'
  /** The connection ends before the store has seen it. */
  | 'before'
  /** The connection ends when the store has seen half of it. */
  | 'within'
  /** The store has done it, and the connection ends before its answer comes through. */
  | 'after'
  /** The connection ends in the middle of the answer. */
  | 'half_answer'

export type StoreProxy = {
  readonly port: number
  /** The n-th insert of a pipeline from now on fares like this. Resolves when it has, or after `timeout_ms`. */
  cut(how: Cut, nth: number, timeout_ms: number): Promise<boolean>
  /** Holds every answer back for so long; 0 ends it. */
  delay_ms: number
  close(): Promise<void>
}

/**
 * A TCP proxy in front of the store, which knows just enough of HTTP to tell an insert of a pipeline: its first bytes.
 *
 * @param target  the store's port; asked for with each connection, since a store that was restarted has another
 */
export async function startStoreProxy(target: () => number): Promise<StoreProxy> {
  const open = new Set<Socket>()
  let armed: { how: Cut; left: number; hit: () => void } | undefined

  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: target() })
    let cut: Cut | undefined
    let answering: Promise<void> = Promise.resolve()
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      // The other side learns of it by the close.
      socket.on('error', () => {})
    }
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    client.once('close', end)
    upstream.once('close', () => void answering.then(end))

    client.on('data', (data) => {
      if (cut === 'error' || cut === 'before') return
      if (armed !== undefined && isInsert(data) && --armed.left <= 0) {
        cut = armed.how
        armed.hit()
        armed = undefined
      }
      if (cut === 'before') end()
      else if (cut === 'error') client.end(INTERNAL_ERROR)
      else if (cut === 'within') upstream.write(data.subarray(0, data.length >> 1), end)
      else upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (cut === 'after') end()
      else if (cut === 'half_answer') client.write(data.subarray(0, data.length >> 1), end)
      else if (proxy.delay_ms === 0) client.write(data)
      else answering = answering.then(() => sleep(proxy.delay_ms)).then(() => void client.write(data))
    })
  })

  const proxy: StoreProxy = {
    port: await listen(server),
    delay_ms: 0,
    async cut(how, nth, timeout_ms) {
      const hit = Promise.withResolvers<boolean>()
      armed = { how, left: nth, hit: () => hit.resolve(true) }
      const timeout = new AbortController()
      const late = sleep(timeout_ms, false, { signal: timeout.signal }).catch(() => false)
      const was = await Promise.race([hit.promise, late])
      timeout.abort()
      armed = undefined
      return was
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
  return proxy
}

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
}

/** `POST /?…query=INSERT%20%2F*%20writer…`: see `pipelines/runner/fence.ts`. */
function isInsert(data: Buffer): boolean {
  const head = data.toString('latin1', 0, Math.min(data.length, 2_000))
  return head.startsWith('POST ') && /[?&]query=INSERT[+%20]*(?:%2F|\/)(?:\*|%2A)/.test(head)
}

const BODY = 'the proxy says no'
const INTERNAL_ERROR = `HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n${BODY}`
