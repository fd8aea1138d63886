/**
 * The only door to kafkajs. Taken from it: connections (TLS, SASL, framing, timeouts), API version lookup, and the
 * encoders and decoders of every request but Produce and Fetch. Not taken: its Producer, Consumer, Admin and Cluster,
 * because what is known to break kafkajs lives there (README.md lists it). Another client is put in by writing this
 * file, `connection.ts` and `patches.ts` anew.
 */

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

export const KAFKAJS_VERSION = '2.2.4'

/** A request of the protocol as kafkajs describes it. */
export type KafkaRequest = {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    readonly encode: () => Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
    readonly expectResponse?: () => boolean
  }
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<unknown>
    readonly parse: (decoded: never) => Promise<unknown>
  }
  readonly requestTimeout?: number
  readonly logResponseError?: boolean
}

export type KafkajsConnection = {
  connect(): Promise<true>
  disconnect(): Promise<true>
  isConnected(): boolean
  readonly requestQueue: { rejectAll(error: Error): void; pending: unknown[] }
}

export type KafkajsPool = {
  readonly pool: readonly KafkajsConnection[]
  send(request: KafkaRequest): Promise<unknown>
}

export type KafkajsBroker = {
  readonly connectionPool: KafkajsPool
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>> | null
  connect(): Promise<void>
  lookupRequest(apiKey: number, definition: unknown): (args: unknown) => KafkaRequest
}

export type KafkajsLogger = {
  namespace(name: string): KafkajsLogger
  error(message: string, extra?: Record<string, unknown>): void
  warn(message: string, extra?: Record<string, unknown>): void
  info(message: string, extra?: Record<string, unknown>): void
  debug(message: string, extra?: Record<string, unknown>): void
}

type Constructor<T> = { new (options: Record<string, unknown>): T; readonly prototype: Record<string, unknown> }

type Assignment = { readonly version: number; readonly assignment: Record<string, number[]> }
type Subscription = { readonly version: number; readonly topics: string[]; readonly userData: Buffer }

export type Kafkajs = {
  readonly version: string
  readonly Broker: Constructor<KafkajsBroker>
  readonly ConnectionPool: Constructor<KafkajsPool>
  readonly Connection: Constructor<KafkajsConnection>
  readonly RequestQueue: Constructor<unknown>
  readonly apiKeys: Readonly<Record<string, number>>
  readonly requests: Readonly<Record<string, unknown>>
  readonly MemberMetadata: { encode(subscription: Subscription): Buffer; decode(bytes: Buffer): Subscription }
  readonly MemberAssignment: { encode(assignment: Assignment): Buffer; decode(bytes: Buffer): Assignment | null }
  readonly errorTypes: readonly { readonly code: number; readonly type: string }[]
}

export function loadKafkajs(): Kafkajs {
  const { version } = require('kafkajs/package.json') as { version: string }
  if (version !== KAFKAJS_VERSION) {
    throw new Error(`kafkajs ${version} is installed, but its internals are known to us only as ${KAFKAJS_VERSION}`)
  }
  const { requests } = require('kafkajs/src/protocol/requests') as Pick<Kafkajs, 'requests'>
  const { errorCodes } = require('kafkajs/src/protocol/error') as { errorCodes: Kafkajs['errorTypes'] }
  const groups = require('kafkajs/src/consumer/assignerProtocol') as Pick<
    Kafkajs,
    'MemberMetadata' | 'MemberAssignment'
  >
  return {
    version,
    Broker: require('kafkajs/src/broker') as Kafkajs['Broker'],
    ConnectionPool: require('kafkajs/src/network/connectionPool') as Kafkajs['ConnectionPool'],
    Connection: require('kafkajs/src/network/connection') as Kafkajs['Connection'],
    RequestQueue: require('kafkajs/src/network/requestQueue') as Kafkajs['RequestQueue'],
    apiKeys: require('kafkajs/src/protocol/requests/apiKeys') as Kafkajs['apiKeys'],
    requests,
    MemberMetadata: groups.MemberMetadata,
    MemberAssignment: groups.MemberAssignment,
    errorTypes: errorCodes,
  }
}
