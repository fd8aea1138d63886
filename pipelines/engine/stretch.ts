import type { CanonicalEvent } from '../../schemas/canonical.ts'
import { familyOf } from '../../schemas/events/registry.ts'
import { identityHash } from '../../schemas/identity.ts'
import { type Decoded, decodeBatch } from '../decode/decode.ts'
import { dayOf } from '../facts/rows/registry.ts'
import type { RecordBatch } from '../log/record-batch.ts'
import type { BatchObserver, Judgement } from '../observe/observe.ts'
import type { PartitionContext } from '../runner/stage.ts'
import { DAY_SLOT, ENVELOPE, H_SLOT } from '../scan/families.ts'
import type { Layout } from '../scan/layout.ts'
import type { Scanner } from '../scan/scanner.ts'
import type { Words } from '../scan/words.ts'
import type { EngineDeps } from './deps.ts'

/**
 * Some records of a batch, read and judged: each is on the tape (`layout`), or decoded from JSON. Both are the same
 * event; the tape holds the types of which there are many, without making objects of them.
 */
export class Stretch {
  readonly from: number
  readonly to: number
  private readonly layouts: (Layout | undefined)[]
  private readonly rows: Int32Array
  private readonly decoded = new Map<number, Decoded>()
  private readonly judgements: (Judgement | undefined)[]
  private readonly parts: StretchParts

  private constructor(parts: StretchParts, from: number, to: number) {
    this.parts = parts
    this.from = from
    this.to = to
    this.layouts = new Array(to - from).fill(undefined)
    this.rows = new Int32Array(to - from)
    this.judgements = new Array(to - from).fill(undefined)
  }

  /** Reads the records at `from` to `to` of the batch, which must follow those read before. */
  static async read(parts: StretchParts, from: number, to: number): Promise<Stretch> {
    const stretch = new Stretch(parts, from, to)
    const rest = stretch.scan()
    if (rest.length > 0) await stretch.decode(rest)
    await parts.observer.askFor(from, to)
    for (let index = from; index < to; index++) stretch.judge(index)
    return stretch
  }

  /** The type of an event on the tape; undefined for one that was decoded, or is none. */
  layoutOf(index: number): Layout | undefined {
    return this.layouts[index - this.from]
  }

  rowOf(index: number): number {
    return this.rows[index - this.from]!
  }

  decodedAt(index: number): Decoded | undefined {
    return this.decoded.get(index)
  }

  /** Undefined for a record that is no event. */
  judgementOf(index: number): Judgement | undefined {
    return this.judgements[index - this.from]
  }

  tenantOf(index: number): string {
    return this.eventAt(index)?.tenant ?? this.textAt(index, TENANT)
  }

  sourceOf(index: number): string {
    return this.eventAt(index)?.source ?? this.textAt(index, SOURCE)
  }

  typeOf(index: number): string {
    return this.eventAt(index)?.type ?? this.textAt(index, TYPE)
  }

  occurredOf(index: number): number {
    return this.eventAt(index)?.occurred_ms ?? this.slotAt(index, OCCURRED)
  }

  /** The event as an object, where it is not on the tape. */
  private eventAt(index: number): CanonicalEvent | undefined {
    if (this.decoded.size === 0) return undefined
    const item = this.decoded.get(index)
    return item?.ok === true ? item.event : undefined
  }

  private textAt(index: number, slot: number): string {
    return this.parts.words.textOf(this.slotAt(index, slot))
  }

  private slotAt(index: number, slot: number): number {
    const { slots, width } = this.parts.scanner.events
    return slots[this.rowOf(index) * width + slot]!
  }

  /** @returns the places of records that are not on the tape */
  private scan(): number[] {
    const { context, deps, is_scanning, records, scanner } = this.parts
    const rest: number[] = []
    for (let index = this.from; index < this.to; index++) {
      const layout = is_scanning && !context.poisoned.has(records.offsetOf(index)) ? this.scanOne(index) : undefined
      if (layout === undefined) {
        rest.push(index)
        continue
      }
      this.layouts[index - this.from] = layout
      this.rows[index - this.from] = scanner.events.rows - 1
      // Where only we can have written, the key is the hash: the acceptor has computed it.
      const isHash = deps.is_own_log && records.keyEnd(index) - records.keyStart(index) === 16
      this.noteScanned(index, isHash ? undefined : this.hashOf(index))
    }
    return rest
  }

  private scanOne(index: number): Layout | undefined {
    const { records, scanner } = this.parts
    const start = records.valueStart(index)
    return start === -1 ? undefined : scanner.scan(records.sourceAt(index), start, records.valueEnd(index))
  }

  private noteScanned(index: number, hash: Uint32Array | undefined): void {
    const noted = {
      occurred_ms: this.slotAt(index, OCCURRED),
      day: this.slotAt(index, DAY_SLOT),
      content_high: this.slotAt(index, H_SLOT),
      content_low: this.slotAt(index, H_SLOT + 1),
    }
    this.parts.observer.note(index, noted, hash)
  }

  private hashOf(index: number): Uint32Array {
    const source = this.parts.records.sourceAt(index)
    const [start, end] = [this.slotAt(index, ID), this.slotAt(index, ID + 1)]
    const id = Buffer.from(source.buffer, source.byteOffset + start, end - start).toString('utf8')
    const type = this.textAt(index, TYPE)
    return hashOf({ tenant: this.textAt(index, TENANT), source: this.textAt(index, SOURCE), type, id })
  }

  private async decode(rest: readonly number[]): Promise<void> {
    const { context, deps, observer, records } = this.parts
    const all = await decodeBatch(
      rest.map((index) => records.at(index)),
      context.poisoned,
      deps,
    )
    for (const [n, index] of rest.entries()) {
      const item = all[n]!
      this.decoded.set(index, item)
      if (item.ok) observer.note(index, notedOf(item.event), hashOf(item.event))
    }
  }

  private judge(index: number): void {
    if (this.decoded.get(index)?.ok === false) return
    const { observed } = familyOf.get(this.typeOf(index))!
    this.judgements[index - this.from] = this.parts.observer.judge(index, this.tenantOf(index), observed)
  }
}

export type StretchParts = {
  readonly context: PartitionContext
  readonly deps: EngineDeps
  readonly records: RecordBatch
  readonly observer: BatchObserver
  readonly scanner: Scanner
  readonly words: Words
  /** False where every record must be decoded from JSON: rows of which some are in the store already are written one by one. */
  readonly is_scanning: boolean
}

function notedOf(event: CanonicalEvent) {
  return {
    occurred_ms: event.occurred_ms,
    day: dayOf(event),
    content_high: Number.parseInt(event.h.slice(0, 8), 16),
    content_low: Number.parseInt(event.h.slice(8), 16),
  }
}

function hashOf(identity: Parameters<typeof identityHash>[0]): Uint32Array {
  identityHash(identity, hash)
  return hash
}

// Read at once by whoever computes it.
const hash = new Uint32Array(4)
const TENANT = ENVELOPE.slotOf('tenant')
const SOURCE = ENVELOPE.slotOf('source')
const TYPE = ENVELOPE.slotOf('type')
const ID = ENVELOPE.slotOf('id')
const OCCURRED = ENVELOPE.slotOf('occurred_ms')
