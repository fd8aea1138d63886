/**
 * Keeps one session of a member alive, from its SyncGroup until it is over, independent of how slow the work is.
 * kafkajs only beats between handlers, so a handler slower than the session loops for ever.
 */

import { type Cluster, isMoved } from './cluster.ts'
import { errorType, isConnectionError, isLost } from './errors.ts'
import { heartbeat, type Session } from './membership.ts'
import type { KafkaSettings } from './options.ts'
import { backoff, sleep } from './retry.ts'

/** `rejoin`: the group wants a new generation; this one counts until we join. `lost`: it counts no more. */
export type Ending = 'rejoin' | 'lost' | 'leave'

export class LiveSession {
  readonly session: Session
  private readonly cluster: Cluster
  private readonly settings: KafkaSettings
  private readonly stopping = new AbortController()
  private readonly ending = Promise.withResolvers<Ending>()
  private lastBeat_ms: number
  private state: Ending | 'stable' = 'stable'

  constructor(session: Session, cluster: Cluster, settings: KafkaSettings) {
    this.session = session
    this.cluster = cluster
    this.settings = settings
    this.lastBeat_ms = settings.steady()
  }

  /** Beats until `stop`. */
  start(): void {
    void this.beat()
  }

  /** Resolves with the first reason to end. */
  ended(): Promise<Ending> {
    return this.ending.promise
  }

  end(why: Ending): void {
    // Once lost it stays lost: what comes later can only be milder.
    if (this.state !== 'lost') this.state = why
    this.ending.resolve(why)
  }

  /**
   * True when the broker must have given this member up, or said that it has. A process that was stopped (SIGSTOP, a
   * laptop's lid) learns it here before it has asked anybody.
   */
  isLost(): boolean {
    if (this.state !== 'lost' && this.settings.steady() - this.lastBeat_ms > this.settings.session_timeout_ms) {
      this.end('lost')
    }
    return this.state === 'lost'
  }

  /** True once there was a reason to end. */
  isOver(): boolean {
    return this.state !== 'stable'
  }

  stop(): void {
    this.stopping.abort()
    this.end('leave')
    this.state = 'lost'
  }

  private async beat(): Promise<void> {
    const { signal } = this.stopping
    for (let failures = 0; !signal.aborted; ) {
      await sleep(failures === 0 ? this.settings.heartbeat_interval_ms : this.pause(failures), signal)
      if (signal.aborted || this.isLost()) return
      const sentAt_ms = this.settings.steady()
      try {
        await heartbeat(await this.cluster.coordinator(this.session.group), this.session)
        this.lastBeat_ms = sentAt_ms
        failures = 0
      } catch (error) {
        if (isLost(error)) return this.end('lost')
        if (errorType(error) === 'REBALANCE_IN_PROGRESS') {
          // The broker has heard us all the same.
          this.lastBeat_ms = sentAt_ms
          failures = 0
          if (this.state === 'stable') this.end('rejoin')
          continue
        }
        failures += 1
        if (isMoved(error) || isConnectionError(error)) this.cluster.forgetCoordinator(this.session.group)
        this.settings.logger('debug', 'heartbeat failed', { group: this.session.group, error: errorType(error) })
      }
    }
  }

  /** Never slower than the usual beat: a coordinator that is back has to hear from us soon. */
  private pause(failures: number): number {
    return Math.min(backoff(failures, this.settings), this.settings.heartbeat_interval_ms)
  }
}
