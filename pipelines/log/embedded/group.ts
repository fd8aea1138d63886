import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Claim, Consumer, ConsumerHandlers } from '../port.ts'
import { LogError } from '../port.ts'
import { RecordBatch } from '../record-batch.ts'
import { assign, type Place, placeName } from './assign.ts'
import { HeldClaim } from './claim.ts'
import type { LogFs } from './fs.ts'
import { type GroupPlace, type Meta, placeKey } from './meta.ts'
import { PartitionReader } from './reader.ts'
import type { SeekIndexes } from './seek-index.ts'
import { partitionPlace } from './segment.ts'
import type { SharedTable } from './shared.ts'

export type GroupDeps = {
  readonly fs: LogFs
  readonly meta: Meta
  readonly shared: SharedTable
  readonly indexes: SeekIndexes
  readonly dir: string
  readonly revoke_timeout_ms: number
  slot(topic: string, partition: number): number
}

type Member = { readonly places: readonly Place[]; readonly handlers: ConsumerHandlers }

/**
 * The members of a consumer group that live in this thread, for the partitions that it reads. Rebalances run one after the other: what moves is revoked
 * from its member first (awaiting its handler), and only then assigned to the next, under a new generation that the
 * meta store has before anybody hears of it.
 */
export class Group {
  readonly #name: string
  readonly #deps: GroupDeps
  readonly #members = new Set<Member>()
  /** By place name. */
  readonly #held = new Map<string, { readonly member: Member; readonly claim: HeldClaim }>()
  #turn: Promise<void> = Promise.resolve()

  constructor(name: string, deps: GroupDeps) {
    this.#name = name
    this.#deps = deps
  }

  /** @param places all partitions of the member's topics */
  join(places: readonly Place[], handlers: ConsumerHandlers): Consumer {
    const member: Member = { places, handlers }
    this.#members.add(member)
    // Not before the caller has its consumer in hand.
    void nextTurn().then(() => this.#rebalance())
    const held = async (claim: Claim) => this.#claim(member, claim)
    return {
      async poll(claim, options) {
        const batch = new RecordBatch()
        await (await held(claim)).fill(options, batch)
        return batch.toArray()
      },
      fill: async (claim, options, batch) => (await held(claim)).fill(options, batch),
      committed: async (claim) => (await held(claim)).committed(),
      commit: async (claim, place) => (await held(claim)).commit(place),
      seek: (claim, offset) => this.#claim(member, claim).seek(offset),
      close: () => this.#leave(member),
    }
  }

  /** Revokes everything from everybody, in the orderly way. */
  async close(): Promise<void> {
    this.#members.clear()
    await this.#rebalance()
  }

  #claim(member: Member, claim: Claim): HeldClaim {
    const held = this.#held.get(placeName(claim))
    if (held?.member === member && held.claim.claim.generation === claim.generation) return held.claim
    const { topic, partition, generation } = claim
    throw new LogError('fenced', `group ${this.#name}: ${topic}/${partition} was lost (generation ${generation})`)
  }

  async #leave(member: Member): Promise<void> {
    this.#members.delete(member)
    await this.#rebalance()
  }

  #rebalance(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#rebalanceNow())
    return this.#turn
  }

  async #rebalanceNow(): Promise<void> {
    const wants = new Map([...this.#members].map((member) => [member, member.places]))
    const holds = new Map([...this.#held].map(([name, { member }]) => [name, member]))
    const wanted = assign(wants, holds)
    const lost = [...this.#held].filter(([name, { member }]) => wanted.get(name) !== member)
    await Promise.all(lost.map(([name, { member, claim }]) => this.#revoke(name, member, claim)))
    const gained = [...wanted].filter(([name]) => !this.#held.has(name))
    if (gained.length > 0) await this.#assignAll(gained)
  }

  async #revoke(name: string, member: Member, claim: HeldClaim): Promise<void> {
    claim.beginRevoke()
    const timeout = new AbortController()
    const handler = Promise.resolve()
      .then(() => member.handlers.onRevoked(claim.claim))
      .catch((error: unknown) => member.handlers.onFailed(asError(error)))
      .finally(() => timeout.abort())
    await Promise.race([handler, aborted(timeout.signal, this.#deps.revoke_timeout_ms)])
    timeout.abort()
    this.#held.delete(name)
    await claim.close()
  }

  async #assignAll(gained: readonly (readonly [string, Member])[]): Promise<void> {
    const { meta, fs, dir, shared, indexes } = this.#deps
    const claims = gained.map(([name, member]) => {
      const place = member.places.find((each) => placeName(each) === name)!
      const before = meta.place(this.#name, place.topic, place.partition)
      const now: GroupPlace = {
        offset: before?.offset ?? -1,
        metadata: before?.metadata ?? '',
        generation: (before?.generation ?? 0) + 1,
      }
      return { name, member, place, now }
    })
    try {
      await meta.write(
        claims.map(({ place, now }) => ({ key: placeKey(this.#name, place.topic, place.partition), value: now })),
      )
    } catch (error) {
      for (const member of new Set(claims.map((claim) => claim.member))) member.handlers.onFailed(asError(error))
      return
    }
    for (const { name, member, place, now } of claims) {
      // It may have left while the generation was being stored; the next rebalance is already waiting.
      if (!this.#members.has(member)) continue
      const slot = this.#deps.slot(place.topic, place.partition)
      const reader = new PartitionReader(fs, partitionPlace(dir, place.topic, place.partition), slot, shared, indexes)
      const claim = new HeldClaim(this.#name, { ...place, generation: now.generation }, now, slot, reader, meta, shared)
      this.#held.set(name, { member, claim })
      try {
        member.handlers.onAssigned(claim.claim)
      } catch (error) {
        member.handlers.onFailed(asError(error))
      }
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** Resolves after `ms`, or at once when aborted: a timer must not outlive the wait. */
function aborted(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
