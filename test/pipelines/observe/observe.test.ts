import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Decoded } from '../../../pipelines/decode/decode.ts'
import type { LogRecord } from '../../../pipelines/log/port.ts'
import { RecordBatch } from '../../../pipelines/log/record-batch.ts'
import { BatchObserver, hexOf, type Judgement } from '../../../pipelines/observe/observe.ts'
import type { Seen } from '../../../pipelines/observe/seen.ts'
import type { CanonicalEvent } from '../../../schemas/canonical.ts'
import { familyOf } from '../../../schemas/events/registry.ts'
import { identityHash } from '../../../schemas/identity.ts'

/** An event of few identities, contents and times; `null` is a record that is no event. */
const item = fc.option(
  fc.record({
    id: fc.constantFrom('i1', 'i2', 'i3'),
    tenant: fc.constantFrom('a', 'b'),
    type: fc.constantFrom('order.observed', 'order.refunded'),
    content: fc.nat({ max: 3 }),
    occurred_ms: fc.integer({ min: 1, max: 4 }),
    /** Whether the key is the identity's hash, as ours is, or something foreign. */
    key: fc.constantFrom('own', 'own', 'none', 'forged'),
  }),
  { nil: null, freq: 8 },
)

describe('judging observations', () => {
  it('agrees with a judge who remembers everything, however the log is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        async (items, cuts, stretch) => {
          const records = items.map(toDecoded)
          const truth = judgeAll(records)
          const store = new Identities()
          const got: (Told | undefined)[] = []
          for (let from = 0, n = 0; from < records.length; n++) {
            const batch = records.slice(from, from + cuts[n % cuts.length]!)
            const observer = new BatchObserver(batchOf(batch), store)
            await observer.prefetch()
            const judged: (Observation | undefined)[] = []
            for (let at = 0; at < batch.length; at += stretch)
              judged.push(...(await observe(observer, batch.slice(at, at + stretch), at)))
            got.push(...judged.map((one) => one && told(one)))
            for (const one of judged) if (one !== undefined) store.take(one)
            from += batch.length
          }
          expect(got).toEqual(truth)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('asks the store once for a batch with our keys, and about nothing that the filter excludes', async () => {
    const store = new Identities()
    const batch = Array.from({ length: 40 }, (_, i) =>
      toDecoded({ id: `i${i % 20}`, tenant: 'a', type: 'order.observed', content: i, occurred_ms: 1, key: 'own' }, i),
    )
    const observer = new BatchObserver(batchOf(batch), store)
    store.excluded = true
    expect(await observer.prefetch()).toBe(0)
    expect(store.questions).toBe(0)
    store.excluded = false
    expect(await observer.prefetch()).toBe(20)
    for (let at = 0; at < 40; at += 7) await observe(observer, batch.slice(at, at + 7), at)
    expect(store.questions).toBe(1)
  })

  it('does not take the same hash of another tenant for the same event', async () => {
    const store = new Identities()
    const one = toDecoded({ id: 'i', tenant: 'a', type: 'order.observed', content: 1, occurred_ms: 1, key: 'own' }, 0)
    const foreign: Seen = { tenant: 'b', content: contentDecimal(hexContent(1)), occurred_ms: 9, offset: 3, day: 1 }
    store.rows.set(hexOf(wordsOf(one), 0), [foreign])
    const [observation] = await observe(new BatchObserver(batchOf([one]), store), [one], 0)
    expect(observation?.verdict).toBe('first')
  })
})

type Item = { id: string; tenant: string; type: string; content: number; occurred_ms: number; key: string }
type Told = { verdict: string; previous: { offset: number; day: number } | undefined }

function toDecoded(item: Item | null, offset: number): Decoded {
  const record: LogRecord = { offset, timestamp_ms: 0, key: null, value: null }
  if (item === null) return { ok: false, record, failure: {} as never }
  const { id, tenant, type, content, occurred_ms } = item
  const event: CanonicalEvent = {
    c: 1,
    tenant,
    source: 's',
    type,
    version: 1,
    id,
    occurred_ms,
    h: hexContent(content),
    data: {},
  }
  const words = new Uint32Array(4)
  identityHash(event, words)
  if (item.key === 'forged') words[0]! ^= 1
  return { ok: true, record: { ...record, key: item.key === 'none' ? null : Buffer.from(words.buffer) }, event }
}

/** Differs in both halves, and has its top bit set: a fingerprint is unsigned. */
function hexContent(content: number): string {
  return `f000000${content}8000000${content}`
}

function wordsOf(decoded: Decoded): Uint32Array {
  const words = new Uint32Array(4)
  if (decoded.ok) identityHash(decoded.event, words)
  return words
}

function dayOf(event: CanonicalEvent): number {
  return event.occurred_ms * 10
}

type Observation = Judgement & { readonly record: LogRecord; readonly event: CanonicalEvent }

/** As the stage does it: events that were decoded with a hash of their own, others by the key of their record. */
async function observe(
  observer: BatchObserver,
  decoded: readonly Decoded[],
  from: number,
): Promise<(Observation | undefined)[]> {
  for (const [n, item] of decoded.entries()) {
    if (!item.ok) continue
    const { h, occurred_ms } = item.event
    const [content_high, content_low] = [Number.parseInt(h.slice(0, 8), 16), Number.parseInt(h.slice(8), 16)]
    const isOwn = item.record.key !== null && Buffer.from(wordsOf(item).buffer).equals(item.record.key)
    const noted = { occurred_ms, day: dayOf(item.event), content_high, content_low }
    observer.note(from + n, noted, isOwn && (from + n) % 2 === 0 ? undefined : wordsOf(item))
  }
  await observer.askFor(from, from + decoded.length)
  return decoded.map((item, n) => {
    if (!item.ok) return undefined
    const { event, record } = item
    return { record, event, ...observer.judge(from + n, event.tenant, familyOf.get(event.type)!.observed) }
  })
}

function batchOf(decoded: readonly Decoded[]): RecordBatch {
  const batch = new RecordBatch()
  for (const { record } of decoded) batch.push(record)
  return batch
}

/** A content fingerprint (16 hex digits) as the unsigned decimal that the store answers with. */
function contentDecimal(h: string): string {
  return BigInt(`0x${h}`).toString()
}

function told({ verdict, previous }: Judgement): Told {
  return { verdict, previous: previous && { offset: previous.offset, day: previous.day } }
}

/** The rules once more, with a list per identity and no cleverness. */
function judgeAll(all: readonly Decoded[]): (Told | undefined)[] {
  const taken = new Map<string, { event: CanonicalEvent; offset: number }[]>()
  return all.map((decoded) => {
    if (!decoded.ok) return undefined
    const { event, record } = decoded
    const key = [event.tenant, event.source, event.type, event.id].join('|')
    const before = taken.get(key) ?? []
    if (before.some((other) => other.event.h === event.h)) return { verdict: 'duplicate', previous: undefined }
    if (before.length > 0 && !familyOf.get(event.type)!.observed) return { verdict: 'conflict', previous: undefined }
    const newest = before.toSorted((a, b) => a.event.occurred_ms - b.event.occurred_ms || a.offset - b.offset).at(-1)
    taken.set(key, [...before, { event, offset: record.offset }])
    if (newest === undefined) return { verdict: 'first', previous: undefined }
    if (event.occurred_ms < newest.event.occurred_ms) return { verdict: 'older', previous: undefined }
    return { verdict: 'newer', previous: { offset: newest.offset, day: dayOf(newest.event) } }
  })
}

/** The identities of earlier batches, as table and filter know them. */
class Identities {
  questions = 0
  excluded = false
  readonly rows = new Map<string, Seen[]>()

  mayHave(words: Uint32Array, at: number): boolean {
    return !this.excluded && words.length >= at + 4
  }

  async find(hashes: readonly string[], before: number): Promise<ReadonlyMap<string, readonly Seen[]>> {
    this.questions++
    const found = new Map<string, readonly Seen[]>()
    for (const hash of hashes) {
      const rows = (this.rows.get(hash) ?? []).filter(({ offset }) => offset < before)
      if (rows.length > 0) found.set(hash, rows)
    }
    return found
  }

  take({ event, record, verdict }: Observation): void {
    if (verdict === 'duplicate' || verdict === 'conflict') return
    const words = new Uint32Array(4)
    identityHash(event, words)
    const seen: Seen = {
      tenant: event.tenant,
      content: contentDecimal(event.h),
      occurred_ms: event.occurred_ms,
      offset: record.offset,
      day: dayOf(event),
    }
    const hash = hexOf(words, 0)
    this.rows.set(hash, [...(this.rows.get(hash) ?? []), seen])
  }
}
