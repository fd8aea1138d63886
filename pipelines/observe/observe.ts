import type { CanonicalEvent } from '../../schemas/canonical.ts'
import { familyOf } from '../../schemas/events/registry.ts'
import { identityHash } from '../../schemas/identity.ts'
import type { Decoded } from '../decode/decode.ts'
import type { LogRecord } from '../log/port.ts'
import { HashTable } from './hash-table.ts'

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

/** An observation of an identity, as the table `identities` tells it. */
export type Seen = {
  readonly tenant: string
  /** Content fingerprint as an unsigned decimal. */
  readonly content: string
  readonly occurred_ms: number
  readonly offset: number
  readonly day: number
}

export type IdentityLookup = {
  /** Whether the identity may have been seen; false is certain. */
  mayHave(words: Uint32Array): boolean
  /** All observations before an offset, keyed by the hash in hex. */
  find(hashes: readonly string[], before: number): Promise<ReadonlyMap<string, readonly Seen[]>>
}

/** The day (since 1970) under which an event's rows are filed. */
export type DayOf = (event: CanonicalEvent) => number

/**
 * Judges a batch in log order. The newest observation is the one with the greatest `occurred_at`, then the greatest
 * offset. Only what the filter cannot exclude is looked up in the store.
 *
 * @param hashes filled with the four hash words of each record, for the rows that are written later
 */
export async function observeBatch(
  decoded: readonly Decoded[],
  lookup: IdentityLookup,
  dayOf: DayOf,
  hashes: Uint32Array,
): Promise<(Observation | undefined)[]> {
  const maybe = new Set<string>()
  let first = -1
  for (let i = 0; i < decoded.length; i++) {
    const item = decoded[i]!
    if (first === -1) first = item.record.offset
    if (!item.ok) continue
    const words = hashes.subarray(i * 4, i * 4 + 4)
    identityHash(item.event, words)
    if (lookup.mayHave(words)) maybe.add(hexOf(words))
  }
  const seen = maybe.size === 0 ? NOTHING : await lookup.find([...maybe], first)

  const states: State[] = []
  const table = new HashTable(decoded.length)
  const out = new Array<Observation | undefined>(decoded.length)
  for (let i = 0; i < decoded.length; i++) {
    const item = decoded[i]!
    if (!item.ok) continue
    const { event, record } = item
    const at = table.find(hashes, i)
    let state = at === -1 ? undefined : states[at]
    if (state === undefined) {
      const before = maybe.size === 0 ? undefined : seen.get(hexOf(hashes.subarray(i * 4, i * 4 + 4)))
      state = before === undefined ? emptyState() : stateOf(event.tenant, before)
      table.put(hashes, i, states.length)
      states.push(state)
    }
    out[i] = judge(state, event, record, dayOf, i)
  }
  return out
}

/** The 16 bytes of a hash in hex, as the store spells them. */
export function hexOf(words: Uint32Array): string {
  return Buffer.from(words.buffer, words.byteOffset, 16).toString('hex')
}

/** A content fingerprint (16 hex digits) as the unsigned decimal that the store answers with. */
export function contentDecimal(h: string): string {
  return BigInt(`0x${h}`).toString()
}

const NOTHING: ReadonlyMap<string, readonly Seen[]> = new Map()

type State = {
  /** Content fingerprints taken so far: from this batch in hex, from the store as decimals. */
  contents: string[]
  stored: Set<string> | undefined
  current: { occurred_ms: number; place: Place } | undefined
}

function emptyState(): State {
  return { contents: [], stored: undefined, current: undefined }
}

function stateOf(tenant: string, before: readonly Seen[]): State {
  const state: State = { contents: [], stored: new Set(), current: undefined }
  for (const row of before) {
    if (row.tenant !== tenant) continue
    state.stored!.add(row.content)
    const { current } = state
    if (
      current === undefined ||
      row.occurred_ms > current.occurred_ms ||
      (row.occurred_ms === current.occurred_ms && row.offset > current.place.offset)
    ) {
      state.current = { occurred_ms: row.occurred_ms, place: { offset: row.offset, day: row.day, index: undefined } }
    }
  }
  return state
}

function judge(state: State, event: CanonicalEvent, record: LogRecord, dayOf: DayOf, index: number): Observation {
  const { current } = state
  if (current !== undefined) {
    if (state.contents.includes(event.h) || state.stored?.has(contentDecimal(event.h)) === true) {
      return { record, event, verdict: 'duplicate', previous: undefined }
    }
    if (!familyOf.get(event.type)!.observed) return { record, event, verdict: 'conflict', previous: undefined }
  }
  state.contents.push(event.h)
  const place: Place = { offset: record.offset, day: dayOf(event), index }
  if (current === undefined) {
    state.current = { occurred_ms: event.occurred_ms, place }
    return { record, event, verdict: 'first', previous: undefined }
  }
  // Ties go to the greater offset, and offsets grow.
  if (event.occurred_ms < current.occurred_ms) return { record, event, verdict: 'older', previous: undefined }
  state.current = { occurred_ms: event.occurred_ms, place }
  return { record, event, verdict: 'newer', previous: current.place }
}
