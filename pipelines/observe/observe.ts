import type { RecordBatch } from '../log/record-batch.ts'
import { HashTable, sameWords } from './hash-table.ts'
import { type Seen, type Stored, storedOf } from './seen.ts'

/**
 * What one event is to what was seen before it: `first` of its identity, a `newer` observation that supersedes
 * `previous`, an `older` one that arrived late, a `duplicate` of content already taken, or a `conflict` (same id, other
 * content, of a type that cannot be observed twice).
 */
export type Judgement =
  | { readonly verdict: 'first' | 'older' | 'duplicate' | 'conflict'; readonly previous?: undefined }
  /** `previous`: the observation that was current until now: where its fact row is. */
  | { readonly verdict: 'newer'; readonly previous: Place }

/** Where an earlier observation is: in this batch (by index) or in its fact table (by day and offset). */
export type Place = { readonly offset: number; readonly day: number; readonly index: number | undefined }

export type IdentityLookup = {
  /** Whether the identity whose four words begin at `at` may have been seen; false is certain. */
  mayHave(words: Uint32Array, at: number): boolean
  /** All observations before an offset, keyed by the hash in hex. */
  find(hashes: readonly string[], before: number): Promise<ReadonlyMap<string, readonly Seen[]>>
}

/** What judging needs to know of an event besides its identity. */
export type Noted = {
  readonly occurred_ms: number
  /** Days since 1970, under which its rows are filed. */
  readonly day: number
  /** The fingerprint of its content, as two words of 32 bits. */
  readonly content_high: number
  readonly content_low: number
}

/**
 * Judges the records of one batch in log order, some at a time, so that decoded events need not live as long as their
 * batch: what stays are a few words per record. The newest observation is the one with the greatest `occurred_at`, then
 * the greatest offset. Only what the filter cannot exclude is looked up in the store.
 */
export class BatchObserver {
  /** The four hash words of each record, for the rows that are written later. */
  readonly hashes: Uint32Array
  private readonly records: RecordBatch
  private readonly lookup: IdentityLookup
  private readonly asked = new Set<string>()
  private readonly seen = new Map<string, readonly Seen[]>()

  private readonly identities: HashTable
  private count = 0
  /** By identity: its last content in this batch and its current observation (records, -1 for none here). */
  private readonly last: Int32Array
  private readonly current: Int32Array
  private readonly stored = new Map<number, Stored>()
  /** By record: the content before it of the same identity (or -1), and what judging later ones needs. */
  private readonly before: Int32Array
  private readonly contents: Uint32Array
  private readonly occurred_ms: Float64Array
  private readonly days: Int32Array
  private readonly isEvent: Uint8Array
  /** Whether the filter excludes that the hash at this place was seen before this batch. */
  private readonly isNew: Uint8Array

  constructor(records: RecordBatch, lookup: IdentityLookup) {
    const { length } = records
    this.records = records
    this.lookup = lookup
    this.hashes = new Uint32Array(length * 4)
    this.identities = new HashTable(length)
    this.last = new Int32Array(length)
    this.current = new Int32Array(length)
    this.before = new Int32Array(length)
    this.contents = new Uint32Array(length * 2)
    this.occurred_ms = new Float64Array(length)
    this.days = new Int32Array(length)
    this.isEvent = new Uint8Array(length)
    this.isNew = new Uint8Array(length)
  }

  /**
   * Asks the store about the whole batch at once, by the records' keys: ours are the hashes of their identities. A key
   * is a hint and nothing else, since a foreign producer may write any; what it misses is asked for when it is judged.
   *
   * @returns how many identities were asked for
   */
  async prefetch(): Promise<number> {
    const bytes = new Uint8Array(this.hashes.buffer)
    const maybe = new Set<string>()
    const { records } = this
    for (let i = 0; i < records.length; i++) {
      const start = records.keyStart(i)
      if (start === -1 || records.keyEnd(i) !== start + 16) continue
      const source = records.sourceAt(i)
      for (let n = 0; n < 16; n++) bytes[i * 16 + n] = source[start + n]!
      if (this.lookup.mayHave(this.hashes, i * 4)) maybe.add(hexOf(this.hashes, i * 4))
      else this.isNew[i] = 1
    }
    await this.ask(maybe)
    return maybe.size
  }

  /**
   * Takes note of the event at a place in the batch.
   *
   * @param hash  of its identity; where absent, the record's key is taken at its word
   */
  note(index: number, event: Noted, hash?: Uint32Array): void {
    this.isEvent[index] = 1
    this.occurred_ms[index] = event.occurred_ms
    this.days[index] = event.day
    this.contents[index * 2] = event.content_high
    this.contents[index * 2 + 1] = event.content_low
    if (hash === undefined || sameWords(hash, 0, this.hashes, index * 4)) return
    this.hashes.set(hash, index * 4)
    this.isNew[index] = 0
  }

  /** Asks the store about noted events that their records' keys did not tell of. To be done before they are judged. */
  async askFor(from: number, to: number): Promise<void> {
    const maybe = new Set<string>()
    for (let i = from; i < to; i++) {
      if (this.isEvent[i] === 0 || this.isNew[i] === 1 || !this.lookup.mayHave(this.hashes, i * 4)) continue
      const hex = hexOf(this.hashes, i * 4)
      if (!this.asked.has(hex)) maybe.add(hex)
    }
    await this.ask(maybe)
  }

  /**
   * Judges a noted event. All events before it in the batch must have been judged.
   *
   * @param isObserved  whether other content of its identity is a newer observation of it, and not a conflict
   */
  judge(index: number, tenant: string, isObserved: boolean): Judgement {
    const identity = this.identityOf(tenant, index)
    const stored = this.stored.size === 0 ? undefined : this.stored.get(identity)
    const current = this.current[identity]!
    const isKnown = current !== -1 || stored !== undefined
    if (isKnown) {
      if (this.isTaken(identity, index) || stored?.contents.has(this.contentOf(index)) === true) return DUPLICATE
      if (!isObserved) return CONFLICT
    }
    this.before[index] = this.last[identity]!
    this.last[identity] = index
    // Ties go to the greater offset, and offsets grow.
    const newest_ms = current !== -1 ? this.occurred_ms[current]! : stored?.occurred_ms
    if (newest_ms !== undefined && this.occurred_ms[index]! < newest_ms) return OLDER
    this.current[identity] = index
    if (!isKnown) return FIRST
    return {
      verdict: 'newer',
      previous: current !== -1 ? this.placeOf(current) : { ...stored!.place, index: undefined },
    }
  }

  private async ask(hashes: ReadonlySet<string>): Promise<void> {
    if (hashes.size === 0) return
    const found = await this.lookup.find([...hashes], this.records.offsetOf(0))
    for (const hash of hashes) this.asked.add(hash)
    for (const [hash, rows] of found) this.seen.set(hash, rows)
  }

  /** The number of the record's identity in this batch, a new one where it is the first. */
  private identityOf(tenant: string, index: number): number {
    const known = this.identities.find(this.hashes, index)
    if (known !== -1) return known
    const identity = this.count++
    this.identities.put(this.hashes, index, identity)
    this.last[identity] = -1
    this.current[identity] = -1
    const rows = this.seen.size === 0 ? undefined : this.seen.get(hexOf(this.hashes, index * 4))
    const stored = rows === undefined ? undefined : storedOf(tenant, rows)
    if (stored !== undefined) this.stored.set(identity, stored)
    return identity
  }

  /** Whether a record of this batch with the same identity has the same content. */
  private isTaken(identity: number, index: number): boolean {
    const { before, contents } = this
    for (let other = this.last[identity]!; other !== -1; other = before[other]!) {
      if (contents[other * 2] === contents[index * 2] && contents[other * 2 + 1] === contents[index * 2 + 1])
        return true
    }
    return false
  }

  /** The fingerprint as the unsigned decimal that the store answers with. */
  private contentOf(index: number): string {
    return ((BigInt(this.contents[index * 2]!) << 32n) | BigInt(this.contents[index * 2 + 1]!)).toString()
  }

  private placeOf(index: number): Place {
    return { offset: this.records.offsetOf(index), day: this.days[index]!, index }
  }
}

const FIRST = { verdict: 'first' } as const
const OLDER = { verdict: 'older' } as const
const DUPLICATE = { verdict: 'duplicate' } as const
const CONFLICT = { verdict: 'conflict' } as const

/** The 16 bytes of the hash at `words[at ..]` in hex, as the store spells them. */
export function hexOf(words: Uint32Array, at: number): string {
  return Buffer.from(words.buffer, words.byteOffset + at * 4, 16).toString('hex')
}
