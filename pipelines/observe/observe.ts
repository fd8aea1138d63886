import type { CanonicalEvent } from '../../schemas/canonical.ts'
import { familyOf } from '../../schemas/events/registry.ts'
import { identityHash } from '../../schemas/identity.ts'
import type { Decoded } from '../decode/decode.ts'
import type { LogRecord } from '../log/port.ts'
import { HashTable } from './hash-table.ts'
import { contentDecimal, type Seen, type Stored, storedOf } from './seen.ts'

/**
 * What one event is to what was seen before it: `first` of its identity, a `newer` observation that supersedes
 * `previous`, an `older` one that arrived late, a `duplicate` of content already taken, or a `conflict` (same id, other
 * content, of a type that cannot be observed twice).
 */
export type Observation = {
  readonly record: LogRecord
  readonly event: CanonicalEvent
  readonly verdict: 'first' | 'newer' | 'older' | 'duplicate' | 'conflict'
  /** The observation that was current until now: where its fact row is. Set for `newer` only. */
  readonly previous: Place | undefined
}

/** Where an earlier observation is: in this batch (by index) or in its fact table (by day and offset). */
export type Place = { readonly offset: number; readonly day: number; readonly index: number | undefined }

export type IdentityLookup = {
  /** Whether the identity whose four words begin at `at` may have been seen; false is certain. */
  mayHave(words: Uint32Array, at: number): boolean
  /** All observations before an offset, keyed by the hash in hex. */
  find(hashes: readonly string[], before: number): Promise<ReadonlyMap<string, readonly Seen[]>>
}

/** The day (since 1970) under which an event's rows are filed. */
export type DayOf = (event: CanonicalEvent) => number

/**
 * Judges the records of one batch in log order, some at a time, so that decoded events need not live as long as their
 * batch: what stays are a few words per record. The newest observation is the one with the greatest `occurred_at`, then
 * the greatest offset. Only what the filter cannot exclude is looked up in the store.
 */
export class BatchObserver {
  /** The four hash words of each record, for the rows that are written later. */
  readonly hashes: Uint32Array
  private readonly records: readonly LogRecord[]
  private readonly lookup: IdentityLookup
  private readonly dayOf: DayOf
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

  constructor(records: readonly LogRecord[], lookup: IdentityLookup, dayOf: DayOf) {
    const { length } = records
    this.records = records
    this.lookup = lookup
    this.dayOf = dayOf
    this.hashes = new Uint32Array(length * 4)
    this.identities = new HashTable(length)
    this.last = new Int32Array(length)
    this.current = new Int32Array(length)
    this.before = new Int32Array(length)
    this.contents = new Uint32Array(length * 2)
    this.occurred_ms = new Float64Array(length)
    this.days = new Int32Array(length)
  }

  /**
   * Asks the store about the whole batch at once, by the records' keys: ours are the hashes of their identities. A key
   * is a hint and nothing else, since a foreign producer may write any; what it misses is asked for when it is judged.
   *
   * @returns how many identities were asked for
   */
  async prefetch(): Promise<number> {
    const words = new Uint32Array(4)
    const bytes = new Uint8Array(words.buffer)
    const maybe = new Set<string>()
    for (const { key } of this.records) {
      if (key?.length !== bytes.length) continue
      bytes.set(key)
      if (this.lookup.mayHave(words, 0)) maybe.add(hexOf(words, 0))
    }
    await this.ask(maybe)
    return maybe.size
  }

  /**
   * Judges the records from `from` on, which must follow those judged before.
   *
   * @param decoded  one per record; what is no event has no observation
   */
  async observe(decoded: readonly Decoded[], from: number): Promise<(Observation | undefined)[]> {
    const maybe = new Set<string>()
    for (let i = 0; i < decoded.length; i++) {
      const item = decoded[i]!
      if (!item.ok) continue
      const at = (from + i) * 4
      identityHash(item.event, this.hashes.subarray(at, at + 4))
      if (!this.lookup.mayHave(this.hashes, at)) continue
      const hex = hexOf(this.hashes, at)
      if (!this.asked.has(hex)) maybe.add(hex)
    }
    await this.ask(maybe)
    const out = new Array<Observation | undefined>(decoded.length)
    for (let i = 0; i < decoded.length; i++) {
      const item = decoded[i]!
      if (item.ok) out[i] = this.judge(item.record, item.event, from + i)
    }
    return out
  }

  private async ask(hashes: ReadonlySet<string>): Promise<void> {
    if (hashes.size === 0) return
    const found = await this.lookup.find([...hashes], this.records[0]!.offset)
    for (const hash of hashes) this.asked.add(hash)
    for (const [hash, rows] of found) this.seen.set(hash, rows)
  }

  private judge(record: LogRecord, event: CanonicalEvent, index: number): Observation {
    const identity = this.identityOf(event.tenant, index)
    const stored = this.stored.get(identity)
    const current = this.current[identity]!
    this.contents[index * 2] = Number.parseInt(event.h.slice(0, 8), 16)
    this.contents[index * 2 + 1] = Number.parseInt(event.h.slice(8), 16)
    const isKnown = current !== -1 || stored !== undefined
    if (isKnown) {
      if (this.isTaken(identity, index) || stored?.contents.has(contentDecimal(event.h)) === true)
        return { record, event, verdict: 'duplicate', previous: undefined }
      if (!familyOf.get(event.type)!.observed) return { record, event, verdict: 'conflict', previous: undefined }
    }
    this.before[index] = this.last[identity]!
    this.last[identity] = index
    this.occurred_ms[index] = event.occurred_ms
    this.days[index] = this.dayOf(event)
    // Ties go to the greater offset, and offsets grow.
    const newest_ms = current !== -1 ? this.occurred_ms[current]! : stored?.occurred_ms
    if (newest_ms !== undefined && event.occurred_ms < newest_ms)
      return { record, event, verdict: 'older', previous: undefined }
    this.current[identity] = index
    if (!isKnown) return { record, event, verdict: 'first', previous: undefined }
    const previous = current !== -1 ? this.placeOf(current) : { ...stored!.place, index: undefined }
    return { record, event, verdict: 'newer', previous }
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

  private placeOf(index: number): Place {
    return { offset: this.records[index]!.offset, day: this.days[index]!, index }
  }
}

/** The 16 bytes of the hash at `words[at ..]` in hex, as the store spells them. */
export function hexOf(words: Uint32Array, at: number): string {
  return Buffer.from(words.buffer, words.byteOffset + at * 4, 16).toString('hex')
}
