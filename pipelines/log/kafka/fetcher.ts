/**
 * Fills the buffers of the claims: one fetch at a time per broker, for every partition it leads that has room. Nothing
 * waits for the work on the records, and nothing is fetched that nobody has room for.
 */

import { LogError } from '../port.ts'
import type { ClaimBuffer } from './claims.ts'
import { type Cluster, isMoved, typeOf } from './cluster.ts'
import type { Node } from './connection.ts'
import { BrokerError, errorType, isPassing } from './errors.ts'
import { type Fetched, fetchRecords } from './fetch.ts'
import type { KafkaSettings } from './options.ts'
import { backoff, sleep } from './retry.ts'

export class Fetcher {
  private readonly cluster: Cluster
  private readonly settings: KafkaSettings
  private readonly claims: () => Iterable<ClaimBuffer>
  private readonly busy = new Set<Node>()
  private readonly stopping = new AbortController()
  private failures = 0
  private turn = 0
  private looking = false
  private again = false

  constructor(cluster: Cluster, settings: KafkaSettings, claims: () => Iterable<ClaimBuffer>) {
    this.cluster = cluster
    this.settings = settings
    this.claims = claims
  }

  /** To be called whenever a claim came, was polled or was moved. */
  look(): void {
    if (this.looking) {
      this.again = true
      return
    }
    this.looking = true
    void this.start().finally(() => {
      this.looking = false
      if (!this.again) return
      this.again = false
      this.look()
    })
  }

  stop(): void {
    this.stopping.abort()
  }

  /** Starts a fetch at every idle broker that leads a claim with room. Never rejects. */
  private async start(): Promise<void> {
    const byNode = new Map<Node, ClaimBuffer[]>()
    let some = false
    for (const buffer of this.claims()) {
      if (this.stopping.signal.aborted) return
      if (!buffer.wants()) {
        some = true
        continue
      }
      try {
        const node = await this.cluster.leader(buffer.claim.topic, buffer.claim.partition)
        if (!this.busy.has(node)) byNode.set(node, [...(byNode.get(node) ?? []), buffer])
      } catch (error) {
        this.note(error)
        if (error instanceof LogError) buffer.fail(error)
        else return this.later()
      }
    }
    for (const [node, buffers] of byNode) {
      this.busy.add(node)
      void this.fetch(node, buffers, some).finally(() => {
        this.busy.delete(node)
        this.look()
      })
    }
  }

  /** One fetch, of all claims or of some: those left out have to be asked for again soon. Never rejects. */
  private async fetch(node: Node, buffers: readonly ClaimBuffer[], some: boolean): Promise<void> {
    const seeks = buffers.map((buffer) => buffer.seeks)
    try {
      const places = buffers.map(({ claim, fetchFrom }) => ({
        topic: claim.topic,
        partition: claim.partition,
        offset: fetchFrom,
        bytes_max: this.settings.fetch_partition_bytes_max,
      }))
      // The broker fills its answer in the order asked: another partition first each time, or the last ones starve.
      this.turn = (this.turn + 1) % places.length
      const answer = await fetchRecords(node, [...places.slice(this.turn), ...places.slice(0, this.turn)], {
        wait_ms: some ? FULL_WAIT_MS : this.settings.fetch_wait_ms,
        bytes_max: this.settings.fetch_bytes_max,
      })
      const errors = answer.map((fetched) => {
        const index = buffers.findIndex(
          ({ claim }) => claim.topic === fetched.topic && claim.partition === fetched.partition,
        )
        const buffer = buffers[index]
        // Dropped: the claim is another's now, or its owner has moved it meanwhile.
        return buffer === undefined || buffer.seeks !== seeks[index] ? null : this.deliver(buffer, fetched)
      })
      const error = errors.find((each) => each !== null)
      if (error) throw error
      this.failures = 0
    } catch (error) {
      this.note(error)
      if (!isPassing(error) && !(error instanceof BrokerError)) {
        const cause = error instanceof LogError ? error : new LogError('log_unavailable', 'fetching', { cause: error })
        for (const buffer of buffers) buffer.fail(cause)
      }
      await sleep(backoff(this.failures, this.settings), this.stopping.signal)
    }
  }

  /** @returns an error that passes, to be waited out */
  private deliver(buffer: ClaimBuffer, fetched: Fetched): Error | null {
    const { claim } = buffer
    const place = `${claim.topic}/${claim.partition}`
    if (fetched.error === OFFSET_OUT_OF_RANGE) {
      buffer.fail(new LogError('offset_out_of_range', `${place} has no offset ${buffer.fetchFrom}`))
      return null
    }
    if (fetched.error !== 0) {
      const error = new BrokerError(typeOf(fetched.error), `fetching ${place}`)
      if (isMoved(error)) this.cluster.forgetTopic(claim.topic)
      else if (!isPassing(error)) buffer.fail(new LogError('log_unavailable', error.message, { cause: error }))
      return error
    }
    if (fetched.broken !== null) buffer.fail(fetched.broken)
    else if (!buffer.isLost()) buffer.put(fetched.decoded.records, fetched.decoded.bytes, fetched.decoded.next)
    return null
  }

  private note(error: unknown): void {
    if (this.stopping.signal.aborted) return
    this.failures += 1
    this.settings.logger(this.failures === FAILURES_TO_TELL ? 'warn' : 'debug', 'fetching failed', {
      error: errorType(error),
      failures: this.failures,
    })
  }

  private async later(): Promise<void> {
    await sleep(backoff(this.failures, this.settings), this.stopping.signal)
    this.again = !this.stopping.signal.aborted
  }
}

const OFFSET_OUT_OF_RANGE = 1
/** While a claim is full, a fetch of the empty ones must not keep it waiting once it has been polled. */
const FULL_WAIT_MS = 10
/** One lost connection is nothing to tell. */
const FAILURES_TO_TELL = 5
