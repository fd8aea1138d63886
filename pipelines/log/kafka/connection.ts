/**
 * Connections to the nodes of the cluster. A node whose connection failed is dropped whole and made anew on the next
 * use: nothing half-read or half-sent survives, and a node that hangs without closing its socket is left after one
 * request timeout.
 */

import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { Answers } from './answers.ts'
import { isConnectionError } from './errors.ts'
import { type Kafkajs, type KafkajsBroker, type KafkajsLogger, type KafkaRequest, loadKafkajs } from './kafkajs.ts'
import type { KafkaLogger, KafkaSettings } from './options.ts'
import { patchKafkajs } from './patches.ts'

export type Address = { readonly host: string; readonly port: number }

export type Node = {
  readonly address: Address
  /** Sends one request by its name in kafkajs (`Metadata`, `JoinGroup`, …), in the newest version both sides know. */
  call(api: string, args: unknown, change?: (request: KafkaRequest) => KafkaRequest): Promise<unknown>
  /** Sends a request that was encoded here. */
  send(request: KafkaRequest): Promise<unknown>
  /** Rejects what is under way and closes. */
  drop(): void
}

export function createNode(address: Address, settings: KafkaSettings, onDropped: () => void): Node {
  const kafkajs = loadKafkajs()
  patchKafkajs(kafkajs)
  const sockets = new Set<Socket>()
  let dropped = false
  const broker = createBroker(kafkajs, address, settings, (options) => {
    if (dropped) throw new Error('given up before it was open')
    const socket = openSocket(options)
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    return socket
  })
  const drop = () => {
    if (dropped) return
    dropped = true
    onDropped()
    for (const connection of broker.connectionPool.pool) {
      connection.requestQueue.rejectAll(connectionError(`connection to ${address.host}:${address.port} was given up`))
      // Resolves once nothing is pending, which has just been seen to; it has no way to fail.
      void connection.disconnect()
    }
    // kafkajs only ends its side, and knows nothing of a socket that is still connecting.
    for (const socket of sockets) socket.destroy()
  }
  const guarded = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      if (dropped) throw connectionError(`connection to ${address.host}:${address.port} is closed`)
      return await run()
    } catch (error) {
      if (isConnectionError(error)) drop()
      throw error
    }
  }
  return {
    address,
    drop,
    call: (api, args, change = (request) => request) =>
      guarded(async () => {
        await broker.connect()
        const key = kafkajs.apiKeys[api]
        if (key === undefined) throw new Error(`kafkajs has no request ${api}`)
        return broker.connectionPool.send(change(broker.lookupRequest(key, kafkajs.requests[api])(args)))
      }),
    send: (request) =>
      guarded(async () => {
        await broker.connect()
        return broker.connectionPool.send(request)
      }),
  }
}

function createBroker(
  kafkajs: Kafkajs,
  address: Address,
  settings: KafkaSettings,
  socketFactory: (options: SocketOptions) => Socket,
): KafkajsBroker {
  const logger = toKafkajsLogger(settings.logger)
  const connectionPool = new kafkajs.ConnectionPool({
    ...address,
    logger,
    clientId: settings.clientId,
    ssl: settings.ssl === true ? {} : settings.ssl,
    sasl: settings.sasl,
    socketFactory,
    connectionTimeout: settings.connection_timeout_ms,
    requestTimeout: settings.request_timeout_ms,
    enforceRequestTimeout: true,
  })
  return new kafkajs.Broker({ connectionPool, logger, authenticationTimeout: settings.request_timeout_ms })
}

/** What one read of a socket may bring. */
const READ_BYTES = 262_144

type SocketOptions = Address & { readonly ssl?: ConnectionOptions | null; readonly onConnect: () => void }

/**
 * kafkajs's own socket factory leaves Nagle's algorithm on, which costs small requests up to 40 ms. Whoever listens for
 * its data gets whole answers.
 */
function openSocket({ host, port, ssl, onConnect }: SocketOptions): Socket {
  const answers = new Answers((answer) => socket.emit('data', answer))
  const onread = {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback(count: number, bytes: Uint8Array) {
      try {
        answers.take(bytes, count)
      } catch (error) {
        socket.destroy(error as Error)
      }
      return true
    },
  }
  const socket: Socket =
    ssl === undefined || ssl === null
      ? connectTcp({ host, port, onread }, onConnect)
      : connectTls({ host, port, servername: host, ...ssl, onread } as ConnectionOptions, onConnect)
  socket.setNoDelay(true)
  socket.setKeepAlive(true, 30_000)
  return socket
}

/** kafkajs tells every retry as an error: what matters comes back to us as a rejected promise anyway. */
function toKafkajsLogger(log: KafkaLogger): KafkajsLogger {
  const logger: KafkajsLogger = {
    namespace: () => logger,
    error: (message, extra = {}) => log('debug', `kafkajs: ${message}`, extra),
    warn: (message, extra = {}) => log('debug', `kafkajs: ${message}`, extra),
    info: () => {},
    debug: () => {},
  }
  return logger
}

/** Bytes in the shape in which kafkajs takes a request's payload. */
export function encoded(bytes: Buffer): { readonly buf: Buffer; readonly buffer: Buffer } {
  return { buf: bytes, buffer: bytes }
}

/** Named as kafkajs names its own, so that one list of names tells what can be tried again. */
function connectionError(message: string): Error {
  const error = new Error(message)
  error.name = 'KafkaJSConnectionError'
  return error
}
