/** What an error of kafkajs or of a broker means for us. */

import { LogError } from '../port.ts'

/** The broker's name of the error (`ILLEGAL_GENERATION`), kafkajs's for its own (`KafkaJSConnectionError`), or ''. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const { type, name, cause, originalError } = error as Error & { type?: string; originalError?: unknown }
  if (type !== undefined) return type
  const inner = cause ?? originalError
  return inner instanceof Error && inner !== error && WRAPPERS.has(name) ? errorType(inner) : name
}

const WRAPPERS = new Set(['KafkaJSNumberOfRetriesExceeded', 'KafkaJSNonRetriableError', 'KafkaJSError'])

/** An error of the protocol, where kafkajs's own parser was not asked. */
export class BrokerError extends Error {
  readonly type: string
  constructor(type: string, action: string) {
    super(`${action}: the broker answered ${type}`)
    this.name = 'BrokerError'
    this.type = type
  }
}

const CONNECTION = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSLockTimeout',
])

/** The request may or may not have been carried out: its answer did not come. */
export function isConnectionError(error: unknown): boolean {
  return CONNECTION.has(errorType(error))
}

const PASSING = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'REQUEST_TIMED_OUT',
  'BROKER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'NOT_CONTROLLER',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'UNSTABLE_OFFSET_COMMIT',
  'THROTTLING_QUOTA_EXCEEDED',
  'CONCURRENT_TRANSACTIONS',
])

/** Worth another try: brokers come back, leaders and coordinators move. */
export function isPassing(error: unknown): boolean {
  return isConnectionError(error) || PASSING.has(errorType(error))
}

const LOST = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID'])

/** The group goes on without this member, or without this generation of it. */
export function isLost(error: unknown): boolean {
  return LOST.has(errorType(error))
}

export function closed(): LogError {
  return new LogError('log_closed', 'the Kafka log is closed')
}
