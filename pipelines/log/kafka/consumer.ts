/** A member of a group as the port describes it: claims with their buffers, fenced by the group's generation. */

import {
  type Claim,
  type Committed,
  type Consumer,
  type ConsumerHandlers,
  LogError,
  type PollOptions,
} from '../port.ts'
import { RecordBatch } from '../record-batch.ts'
import type { Owned } from './assign.ts'
import { ClaimBuffer, fenced } from './claims.ts'
import { isMoved } from './cluster.ts'
import { BrokerError, errorType, isConnectionError, isLost } from './errors.ts'
import { Fetcher } from './fetcher.ts'
import type { LiveSession } from './heartbeats.ts'
import { Member } from './member.ts'
import { commitPlace } from './membership.ts'
import type { KafkaSettings } from './options.ts'
import { retrying, sleep } from './retry.ts'
import { fetchCommitted, fetchStarts } from './topics.ts'

/** The broker's `offset.metadata.max.bytes` by default. */
const METADATA_BYTES_MAX = 4_096

/** The consumer does nothing before `start`. */
export function createConsumer(
  settings: KafkaSettings,
  group: string,
  topics: readonly string[],
  handlers: ConsumerHandlers,
): Consumer & { start(): void } {
  const buffers = new Map<string, ClaimBuffer>()
  const member = new Member(settings, group, topics, {
    onStarted: (live, owned) => started(live, owned),
    onEnded: (live) => ended(live),
    onFailed: (error) => handlers.onFailed(error),
  })
  const { cluster } = member
  const fetcher = new Fetcher(cluster, settings, () => buffers.values())

  const started = async (live: LiveSession, owned: readonly Owned[]): Promise<void> => {
    const positions = await retrying(
      `finding where group ${group} stands`,
      settings,
      () => startingPlaces(owned),
      () => {
        // The member joins again, which is what an ended session has to do anyway.
        if (live.isOver()) throw new BrokerError('REBALANCE_IN_PROGRESS', `finding where group ${group} stands`)
      },
    )
    if (live.isOver()) return
    for (const { topic, partition } of owned) {
      const claim: Claim = Object.freeze({ topic, partition, generation: live.session.generation })
      buffers.set(keyOf(claim), new ClaimBuffer(claim, live, positions.get(keyOf(claim))!, settings))
    }
    for (const { claim } of [...buffers.values()]) handlers.onAssigned(claim)
    fetcher.look()
  }

  const startingPlaces = async (owned: readonly Owned[]): Promise<Map<string, number>> => {
    const positions = new Map<string, number>()
    for (const [topic, places] of Map.groupBy(owned, (place) => place.topic)) {
      const committed = await fetchCommitted(
        cluster,
        group,
        topic,
        places.map((place) => place.partition),
      )
      const fresh = [...committed].filter(([, place]) => place.offset < 0).map(([partition]) => partition)
      const starts = fresh.length === 0 ? new Map<number, number>() : await fetchStarts(cluster, topic, fresh)
      for (const [partition, place] of committed) {
        positions.set(keyOf({ topic, partition }), starts.get(partition) ?? place.offset)
      }
    }
    return positions
  }

  const ended = async (live: LiveSession): Promise<void> => {
    const held = [...buffers.values()]
    // Polling is over at once; commits go on until the work has been dropped, unless the session is lost.
    for (const buffer of held) buffer.drop()
    const revoked = Promise.all(held.map(({ claim }) => revoke(claim)))
    const timeout = new AbortController()
    await Promise.race([revoked, sleep(settings.revoke_timeout_ms, timeout.signal)])
    timeout.abort()
    buffers.clear()
    live.stop()
  }

  const revoke = async (claim: Claim): Promise<void> => {
    try {
      await handlers.onRevoked(claim)
    } catch (error) {
      handlers.onFailed(error instanceof Error ? error : new Error(String(error)))
    }
  }

  const find = (claim: Claim): ClaimBuffer => {
    const buffer = buffers.get(keyOf(claim))
    if (buffer === undefined || buffer.claim.generation !== claim.generation || buffer.live.isLost())
      throw fenced(claim)
    return buffer
  }

  const fill = async (claim: Claim, options: PollOptions, batch: RecordBatch): Promise<number> => {
    const deadline = settings.steady() + options.wait_ms
    for (;;) {
      const buffer = find(claim)
      buffer.check()
      const taken = buffer.take(options, batch)
      if (taken > 0) {
        fetcher.look()
        return taken
      }
      const left_ms = deadline - settings.steady()
      if (left_ms <= 0) return 0
      await buffer.changed(left_ms)
    }
  }

  return {
    start: () => member.start(),
    fill,
    async poll(claim, options) {
      const batch = new RecordBatch()
      await fill(claim, options, batch)
      return batch.toArray()
    },
    seek: (claim, offset) => {
      const buffer = find(claim)
      if (buffer.isLost()) throw fenced(claim)
      buffer.seek(offset)
      fetcher.look()
    },
    committed: (claim) =>
      retrying(`asking for the place of ${keyOf(claim)}`, settings, async () => {
        find(claim)
        const places = await fetchCommitted(cluster, group, claim.topic, [claim.partition])
        find(claim)
        return places.get(claim.partition)!
      }),
    commit: (claim, place) => commit(claim, place),
    close: async () => {
      fetcher.stop()
      await member.close()
    },
  }

  async function commit(claim: Claim, place: Committed): Promise<void> {
    const bytes = Buffer.byteLength(place.metadata)
    if (bytes > METADATA_BYTES_MAX) {
      throw new LogError('record_too_large', `commit metadata of ${bytes} bytes, at most ${METADATA_BYTES_MAX}`)
    }
    await retrying(`committing ${keyOf(claim)}`, settings, async () => {
      // Always the claim's own session: kafkajs retries under whatever generation it has by then, which is how a
      // member that lost a partition overwrites the place of its new owner.
      const { live } = find(claim)
      try {
        await commitPlace(await cluster.coordinator(group), live.session, { ...claim, ...place })
      } catch (error) {
        if (isLost(error) || errorType(error) === 'REBALANCE_IN_PROGRESS') {
          live.end('lost')
          throw fenced(claim)
        }
        if (isMoved(error) || isConnectionError(error)) cluster.forgetCoordinator(group)
        throw error
      }
    })
  }
}

function keyOf({ topic, partition }: Owned): string {
  return `${topic}/${partition}`
}
