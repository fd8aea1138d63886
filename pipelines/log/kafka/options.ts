import type { ConnectionOptions } from 'node:tls'
import { type Clock, steadyClock } from '../../clock.ts'

/** Every wait and every bound of the adapter. */
export type KafkaLimits = {
  /** A member that sends no heartbeat for this long loses its partitions. The broker may refuse less than 6 s. */
  readonly session_timeout_ms: number
  readonly heartbeat_interval_ms: number
  /** How long the broker waits for all members to join again. */
  readonly rebalance_timeout_ms: number
  /** How long `onRevoked` may take before its partitions are given away all the same. */
  readonly revoke_timeout_ms: number
  /** Failed attempts in a row to be a member, with pauses of up to `backoff_max_ms`, until `onFailed`. About 5 minutes. */
  readonly join_failures_max: number
  readonly backoff_min_ms: number
  readonly backoff_max_ms: number
  /** A partition added by an operator, or a moved leader nobody told us about, is noticed after this time. */
  readonly metadata_max_age_ms: number
  readonly connection_timeout_ms: number
  /** A request without an answer for this long fails, and its connection with it. */
  readonly request_timeout_ms: number
  /** append, commit and all questions are retried for this long, then `log_unavailable`. */
  readonly unavailable_after_ms: number
  /** A fetch waits this long at the broker: new partitions and seeks wait for it, new records never do. */
  readonly fetch_wait_ms: number
  readonly fetch_bytes_max: number
  readonly fetch_partition_bytes_max: number
  /** Fetched and not polled yet, per partition. Fetching pauses above it, so one fetch may come on top. */
  readonly buffer_bytes_max: number
  readonly buffer_records_max: number
  /** Small appends to a partition within this time share a request. */
  readonly linger_ms: number
  readonly batch_bytes_max: number
  /** Key, value and headers of one record. */
  readonly record_bytes_max: number
  /** Bytes in append calls that have no answer yet; above it `log_slow`. */
  readonly append_bytes_max: number
  /** How long `close` waits for appends under way. */
  readonly close_timeout_ms: number
}

export const KAFKA_DEFAULTS: KafkaLimits = {
  session_timeout_ms: 10_000,
  heartbeat_interval_ms: 3_333,
  rebalance_timeout_ms: 30_000,
  revoke_timeout_ms: 5_000,
  join_failures_max: 60,
  backoff_min_ms: 100,
  backoff_max_ms: 5_000,
  metadata_max_age_ms: 60_000,
  connection_timeout_ms: 3_000,
  request_timeout_ms: 10_000,
  unavailable_after_ms: 30_000,
  fetch_wait_ms: 100,
  fetch_bytes_max: 16 * 1_024 * 1_024,
  fetch_partition_bytes_max: 1_024 * 1_024,
  buffer_bytes_max: 2 * 1_024 * 1_024,
  buffer_records_max: 50_000,
  linger_ms: 2,
  batch_bytes_max: 900_000,
  record_bytes_max: 10_000_000,
  append_bytes_max: 64 * 1_024 * 1_024,
  close_timeout_ms: 5_000,
}

/** `warn` is something an operator may want to know, `debug` every failed try, kafkajs's own lines among them. */
export type KafkaLogger = (level: 'warn' | 'debug', message: string, fields: Record<string, unknown>) => void

export type KafkaLogOptions = Partial<KafkaLimits> & {
  /** `host:port`, comma-separated. */
  readonly brokers: string
  readonly clientId: string
  /** Stamps records. */
  readonly clock: Clock
  /** Measures waits. */
  readonly steady?: Clock
  readonly logger?: KafkaLogger
  readonly ssl?: ConnectionOptions | true
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
}

export type KafkaSettings = KafkaLimits &
  Omit<KafkaLogOptions, keyof KafkaLimits> & { readonly logger: KafkaLogger; readonly steady: Clock }

export function kafkaSettings(options: KafkaLogOptions): KafkaSettings {
  const session_timeout_ms = options.session_timeout_ms ?? KAFKA_DEFAULTS.session_timeout_ms
  const settings = {
    ...KAFKA_DEFAULTS,
    heartbeat_interval_ms: Math.floor(session_timeout_ms / 3),
    logger: () => {},
    steady: steadyClock,
    ...options,
  }
  if (settings.heartbeat_interval_ms * 2 > settings.session_timeout_ms) {
    throw new RangeError('heartbeat_interval_ms must be at most half of session_timeout_ms')
  }
  if (settings.revoke_timeout_ms >= settings.rebalance_timeout_ms) {
    throw new RangeError('revoke_timeout_ms must be below rebalance_timeout_ms')
  }
  return Object.freeze(settings)
}
