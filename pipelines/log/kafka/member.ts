/**
 * The life of one group member: join, hold partitions, let go of them, join again; until it is closed or has failed
 * too often in a row. Nothing but `close` and `onFailed` ends it: kafkajs's consumer stays dead after a crash.
 */

import { LogError } from '../port.ts'
import type { Owned } from './assign.ts'
import { type Cluster, createCluster, isMoved } from './cluster.ts'
import { errorType, isConnectionError, isPassing } from './errors.ts'
import { LiveSession } from './heartbeats.ts'
import { joinGroup, leaveGroup, syncGroup } from './membership.ts'
import type { KafkaSettings } from './options.ts'
import { backoff, sleep } from './retry.ts'

export type MemberHandlers = {
  /** The member has these partitions, from now on until `onEnded` is called. May throw: the session is then ended. */
  onStarted(live: LiveSession, owned: readonly Owned[]): Promise<void>
  /** Its partitions are to be dropped. Unless `live.isLost()` they can still be committed until it resolves. */
  onEnded(live: LiveSession): Promise<void>
  onFailed(error: Error): void
}

/** Errors that mean: with another member id, or once more. No failure of anything. */
const JOIN_AGAIN = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'MEMBER_ID_REQUIRED'])

/** The first tries on a new broker fail while it makes its topic of offsets: nothing to tell. */
const FAILURES_TO_TELL = 5

export class Member {
  readonly cluster: Cluster
  private readonly settings: KafkaSettings
  private readonly group: string
  private readonly topics: readonly string[]
  private readonly handlers: MemberHandlers
  private readonly closing = new AbortController()
  private member = ''
  private last: { readonly owned: readonly Owned[]; readonly generation: number } = { owned: [], generation: 0 }
  private live: LiveSession | undefined
  private joining = false
  private life: Promise<void> | undefined

  constructor(settings: KafkaSettings, group: string, topics: readonly string[], handlers: MemberHandlers) {
    // Connections of its own: a JoinGroup holds its connection until the whole group has joined.
    this.cluster = createCluster(settings)
    this.settings = settings
    this.group = group
    this.topics = topics
    this.handlers = handlers
  }

  start(): void {
    this.life ??= this.run()
  }

  /** Lets go of the partitions, leaves the group and closes the connections. */
  async close(): Promise<void> {
    this.closing.abort()
    this.live?.end('leave')
    // A JoinGroup under way may take as long as the slowest member of the group.
    if (this.joining) this.cluster.reset()
    await this.life
    if (this.member !== '') {
      await this.leave().catch((error: unknown) => {
        // The broker will notice by itself, after the session timeout.
        this.settings.logger('debug', 'leaving the group failed', { group: this.group, error: errorType(error) })
      })
    }
    this.cluster.close()
  }

  /** A commit was refused: ends the session before the next heartbeat would. */
  lost(live: LiveSession): void {
    live.end('lost')
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.closing.signal.aborted; ) {
      try {
        await this.hold()
        failures = 0
      } catch (error) {
        if (this.closing.signal.aborted) return
        if (error instanceof LiveFailure) failures = 0
        const cause = error instanceof LiveFailure ? error.cause : error
        if (JOIN_AGAIN.has(errorType(cause))) continue
        failures += 1
        // A LogError is a topic that vanished or a broker that stayed away: both may come back.
        const fatal = !(cause instanceof LogError || isPassing(cause))
        if (fatal || failures >= this.settings.join_failures_max) return this.failed(cause, failures)
        this.settings.logger(
          failures === FAILURES_TO_TELL ? 'warn' : 'debug',
          'joining the group failed, trying again',
          {
            group: this.group,
            failures,
            error: errorType(cause),
          },
        )
        if (isMoved(cause) || isConnectionError(cause)) this.cluster.forgetCoordinator(this.group)
        await sleep(backoff(failures, this.settings), this.closing.signal)
      }
    }
  }

  /** One generation, from joining to the end of `onEnded`. */
  private async hold(): Promise<void> {
    const { live, owned } = await this.join()
    this.live = live
    live.start()
    try {
      const watching = this.watchTopics(live)
      await this.handlers.onStarted(live, owned)
      this.last = { owned, generation: live.session.generation }
      await live.ended()
      await watching
    } catch (cause) {
      throw new LiveFailure(cause)
    } finally {
      // Heartbeats go on meanwhile, so that the last commits are not refused.
      await this.handlers.onEnded(live)
      live.stop()
      this.live = undefined
    }
  }

  private async join(): Promise<{ readonly live: LiveSession; readonly owned: readonly Owned[] }> {
    this.joining = true
    try {
      const node = await this.cluster.coordinator(this.group)
      this.closing.signal.throwIfAborted()
      const joined = await joinGroup(node, this.settings, this.group, this.member, {
        topics: this.topics,
        ...this.last,
      })
      this.member = joined.member
      // Made before SyncGroup is sent, so that our clock for the session starts no later than the broker's.
      const { group, member, generation } = joined
      const live = new LiveSession({ group, member, generation }, this.cluster, this.settings)
      const owned = await syncGroup(node, this.cluster, joined)
      return { live, owned }
    } catch (error) {
      const given = (error as { memberId?: unknown }).memberId
      if (errorType(error) === 'UNKNOWN_MEMBER_ID') this.member = ''
      else if (typeof given === 'string') this.member = given
      throw error
    } finally {
      this.joining = false
    }
  }

  /** Partitions that an operator adds belong to nobody until somebody notices and the group is balanced again. */
  private async watchTopics(live: LiveSession): Promise<void> {
    const over = new AbortController()
    void live.ended().then(() => over.abort())
    const before = await this.counts()
    while (!over.signal.aborted) {
      await sleep(this.settings.metadata_max_age_ms, over.signal)
      if (over.signal.aborted) return
      const now = await this.counts()
      if (before !== '' && now !== '' && now !== before) live.end('rejoin')
    }
  }

  /** '' when it cannot be known at the moment. */
  private async counts(): Promise<string> {
    try {
      return (await Promise.all(this.topics.map(async (topic) => (await this.cluster.leaders(topic)).length))).join()
    } catch (error) {
      this.settings.logger('debug', 'asking for partition counts failed', {
        group: this.group,
        error: errorType(error),
      })
      return ''
    }
  }

  private async leave(): Promise<void> {
    const { member } = this
    this.member = ''
    await leaveGroup(await this.cluster.coordinator(this.group), this.group, member)
  }

  private failed(cause: unknown, failures: number): void {
    const why = cause instanceof Error ? cause.message : String(cause)
    const error = new LogError('log_unavailable', `group ${this.group} gives up after ${failures} failures: ${why}`, {
      cause,
    })
    this.settings.logger('warn', error.message, { group: this.group })
    this.handlers.onFailed(error)
  }
}

/** Something failed after the member had joined: the count of failures to join starts anew. */
class LiveFailure extends Error {
  constructor(cause: unknown) {
    super('a session failed', { cause })
  }
}
