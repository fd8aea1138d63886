import type { Claim, Committed, PollOptions } from '../port.ts'
import { LogError } from '../port.ts'
import type { RecordBatch } from '../record-batch.ts'
import { notStored } from './failure.ts'
import { type GroupPlace, type Meta, placeKey } from './meta.ts'
import type { PartitionReader } from './reader.ts'
import type { SharedTable } from './shared.ts'
import { readWaiting } from './waiting.ts'

const METADATA_BYTES_MAX = 4_096

/** One partition in the hands of one member: its position, its reader, and the last place it stored. */
export class HeldClaim {
  readonly claim: Claim
  readonly #group: string
  readonly #slot: number
  readonly #reader: PartitionReader
  readonly #meta: Meta
  readonly #shared: SharedTable
  #place: GroupPlace
  #position: number
  /** 'ending': its owner is being told. It may still commit what it has done, but gets no more records. */
  #life: 'held' | 'ending' | 'lost' = 'held'
  #polls: Promise<unknown> = Promise.resolve()
  #commits: Promise<unknown> = Promise.resolve()

  constructor(
    group: string,
    claim: Claim,
    place: GroupPlace,
    slot: number,
    reader: PartitionReader,
    meta: Meta,
    shared: SharedTable,
  ) {
    this.#group = group
    this.claim = claim
    this.#place = place
    this.#slot = slot
    this.#reader = reader
    this.#meta = meta
    this.#shared = shared
    this.#position = place.offset >= 0 ? place.offset : shared.start(slot)
  }

  /** One poll at a time; a second waits for the first. */
  fill(options: PollOptions, batch: RecordBatch): Promise<number> {
    const polled = this.#polls.then(() => this.#fill(options, batch))
    this.#polls = polled.catch(() => {})
    return polled
  }

  seek(offset: number): void {
    this.#check('held')
    if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`seek to offset ${offset}`)
    this.#position = offset
    // A poll that waits at the old position looks again.
    this.#shared.wake(this.#slot)
  }

  committed(): Committed {
    const { offset, metadata } = this.#place
    return { offset, metadata }
  }

  async commit({ offset, metadata }: Committed): Promise<void> {
    this.#check('ending')
    if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`commit of offset ${offset}`)
    const bytes = Buffer.byteLength(metadata)
    if (bytes > METADATA_BYTES_MAX) throw new RangeError(`metadata of ${bytes} bytes, at most ${METADATA_BYTES_MAX}`)
    const { topic, partition, generation } = this.claim
    const place = { offset, metadata, generation }
    const stored = this.#meta.write([{ key: placeKey(this.#group, topic, partition), value: place }])
    this.#commits = Promise.allSettled([this.#commits, stored])
    try {
      await stored
    } catch (cause) {
      throw notStored(`the place of group ${this.#group} in ${topic}/${partition}`, cause)
    }
    this.#place = place
  }

  beginRevoke(): void {
    this.#life = 'ending'
    this.#shared.wake(this.#slot)
  }

  /** Fences the claim, then waits for what was under way: the next owner reads the place after this one's last word. */
  async close(): Promise<void> {
    this.#life = 'lost'
    this.#shared.wake(this.#slot)
    await Promise.all([this.#polls, this.#commits])
    await this.#reader.close()
  }

  async #fill(options: PollOptions, batch: RecordBatch): Promise<number> {
    const deadline = performance.now() + options.wait_ms
    const before = batch.length
    for (;;) {
      this.#check('held')
      const from = this.#position
      const wait_ms = Math.max(0, deadline - performance.now())
      const goesOn = () => this.#life === 'held' && this.#position === from
      const [reader, shared, slot] = [this.#reader, this.#shared, this.#slot]
      const count = await readWaiting(reader, shared, slot, from, { ...options, wait_ms }, goesOn, batch)
      // Somebody called seek meanwhile, or took the claim: these are not the records that were asked for.
      if (this.#life !== 'held' || this.#position !== from) batch.truncate(before)
      this.#check('held')
      if (this.#position !== from) continue
      if (count > 0) this.#position = batch.offsetOf(batch.length - 1) + 1
      if (count > 0 || wait_ms <= 0 || performance.now() >= deadline) return count
    }
  }

  #check(least: 'held' | 'ending'): void {
    if (this.#life === 'held' || this.#life === least) return
    const { topic, partition, generation } = this.claim
    throw new LogError('fenced', `group ${this.#group}: ${topic}/${partition} was lost (generation ${generation})`)
  }
}
