import type { Claim, Committed, Consumer, ConsumerHandlers, LogRecord, PollOptions } from '../../pipelines/log/port.ts'
import { LogError } from '../../pipelines/log/port.ts'
import { type MemoryDisk, readFrom } from './memory-log-disk.ts'

const METADATA_BYTES_MAX = 4_096

type Place = { readonly topic: string; readonly partition: number }
type Held = { readonly claim: Claim; readonly lost: AbortController; position: number }
type Member = {
  readonly places: readonly Place[]
  readonly handlers: ConsumerHandlers
  readonly held: Map<string, Held>
}

/** A consumer group of the log in memory: partitions dealt out in turn, rebalanced one change after the other. */
export class MemoryGroup {
  readonly #name: string
  readonly #disk: MemoryDisk
  #members: Member[] = []
  #turn: Promise<void> = Promise.resolve()

  constructor(name: string, disk: MemoryDisk) {
    this.#name = name
    this.#disk = disk
  }

  join(places: readonly Place[], handlers: ConsumerHandlers): Consumer {
    const member: Member = { places, handlers, held: new Map() }
    this.#members.push(member)
    // Not before the caller has its consumer in hand.
    setImmediate(() => this.#rebalance())
    return this.#consumer(member)
  }

  async close(): Promise<void> {
    this.#members = []
    await this.#rebalance()
  }

  #rebalance(leaving: readonly Member[] = this.#everyone): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      const members = [...this.#members]
      const wanted = deal(members)
      for (const member of new Set([...members, ...leaving, ...this.#everyone])) {
        for (const [key, held] of [...member.held]) {
          if (wanted.get(key) === member) continue
          await member.handlers.onRevoked(held.claim)
          member.held.delete(key)
          held.lost.abort()
        }
      }
      this.#everyone = members
      for (const [key, member] of wanted) if (!member.held.has(key)) this.#assign(member, key)
    })
    return this.#turn
  }

  #everyone: Member[] = []

  #assign(member: Member, key: string): void {
    const cut = key.lastIndexOf('/')
    const [topic, partition] = [key.slice(0, cut), Number(key.slice(cut + 1))]
    const id = `${this.#name}/${key}`
    const generation = (this.#disk.generations.get(id) ?? 0) + 1
    this.#disk.generations.set(id, generation)
    const claim: Claim = { topic, partition, generation }
    const position = Math.max(0, this.#place(claim).offset)
    member.held.set(key, { claim, lost: new AbortController(), position })
    member.handlers.onAssigned(claim)
  }

  #consumer(member: Member): Consumer {
    const held = ({ topic, partition, generation }: Claim): Held => {
      const found = member.held.get(`${topic}/${partition}`)
      if (found?.claim.generation !== generation)
        throw new LogError('fenced', `${topic}/${partition} is ours no longer`)
      return found
    }
    const poll = async (claim: Claim, options: PollOptions): Promise<readonly LogRecord[]> => {
      const mine = held(claim)
      const source = this.#disk.topics.get(claim.topic)![claim.partition]!
      const records = await readFrom(source, mine.position, options, mine.lost.signal)
      held(claim)
      const last = records.at(-1)
      if (last !== undefined) mine.position = last.offset + 1
      return records
    }
    return {
      poll,
      async fill(claim, options, batch) {
        const records = await poll(claim, options)
        for (const record of records) batch.push(record)
        return records.length
      },
      seek: (claim, offset) => {
        held(claim).position = offset
      },
      committed: async (claim) => this.#place(held(claim).claim),
      commit: async (claim, place) => {
        held(claim)
        if (Buffer.byteLength(place.metadata) > METADATA_BYTES_MAX) {
          throw new LogError('record_too_large', `metadata is larger than ${METADATA_BYTES_MAX} bytes`)
        }
        this.#disk.places.set(`${this.#name}/${claim.topic}/${claim.partition}`, { ...place })
      },
      close: async () => {
        this.#members = this.#members.filter((other) => other !== member)
        await this.#rebalance([member])
      },
    }
  }

  #place({ topic, partition }: Place): Committed {
    return this.#disk.places.get(`${this.#name}/${topic}/${partition}`) ?? { offset: -1, metadata: '' }
  }
}

/** Every place to one of the members that subscribe to its topic, in turn. */
function deal(members: readonly Member[]): Map<string, Member> {
  const keys = new Set(members.flatMap(({ places }) => places.map(({ topic, partition }) => `${topic}/${partition}`)))
  const wanted = new Map<string, Member>()
  let turn = 0
  for (const key of [...keys].sort()) {
    const takers = members.filter(({ places }) => places.some((p) => `${p.topic}/${p.partition}` === key))
    wanted.set(key, takers[turn++ % takers.length]!)
  }
  return wanted
}
