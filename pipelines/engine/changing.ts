import { decodeAgain } from '../decode/decode.ts'
import { dayOf } from '../facts/rows/registry.ts'
import type { RecordBatch } from '../log/record-batch.ts'
import type { PartitionContext } from '../runner/stage.ts'
import type { Scanner } from '../scan/scanner.ts'
import type { Words } from '../scan/words.ts'
import { Changes } from '../windows/changes.ts'
import type { Contribution } from '../windows/contribution.ts'
import { contributionOf, isSuperseding } from '../windows/contributors.ts'
import { type StoredPlace, storedContributions } from '../windows/previous.ts'
import { ScannedContributions } from '../windows/scanned.ts'
import type { EngineDeps } from './deps.ts'
import type { Stretch } from './stretch.ts'

/** Turns judged events into changes of the windows: each adds its own, and takes back what it supersedes. */
export class Changing {
  private readonly changes = new Changes()
  private readonly contributions: ScannedContributions
  private readonly scanner: Scanner
  private readonly context: PartitionContext
  private readonly deps: EngineDeps

  constructor(words: Words, scanner: Scanner, context: PartitionContext, deps: EngineDeps) {
    this.contributions = new ScannedContributions(words)
    this.scanner = scanner
    this.context = context
    this.deps = deps
  }

  /** To be called when the words were cleared. */
  forget(): void {
    this.contributions.forget()
  }

  /** What a stretch of the batch adds to and takes from the windows, in log order. */
  async change(stretch: Stretch, records: RecordBatch): Promise<Changes> {
    const { changes } = this
    const before = await this.stored(stretch)
    changes.clear()
    // Where nearly every event has a cell of its own, keeping keys only fills the memory.
    if (this.contributions.size > KEYS_MAX) this.contributions.forget()
    for (let index = stretch.from; index < stretch.to; index++) {
      const judgement = stretch.judgementOf(index)
      if (judgement === undefined || (judgement.verdict !== 'first' && judgement.verdict !== 'newer')) continue
      const offset = records.offsetOf(index)
      const received_ms = records.timestampOf(index)
      if (judgement.verdict === 'newer' && isSuperseding(stretch.typeOf(index))) {
        const { previous } = judgement
        const old = previous.index === undefined ? before.get(previous.offset) : undefined
        if (old !== undefined) changes.add(old, -1, offset, received_ms)
        else if (previous.index !== undefined) {
          const isHere = previous.index >= stretch.from
          if (isHere) this.contribute(stretch, previous.index, -1, offset, received_ms)
          else await this.contributeAgain(records, previous.index, offset, received_ms)
        }
      }
      this.contribute(stretch, index, 1, offset, received_ms)
    }
    return changes
  }

  private contribute(stretch: Stretch, index: number, sign: 1 | -1, offset: number, received_ms: number): void {
    const layout = stretch.layoutOf(index)
    if (layout !== undefined) {
      const { events } = this.scanner
      this.contributions.add(layout, events, stretch.rowOf(index), this.changes, sign, offset, received_ms)
      return
    }
    const item = stretch.decodedAt(index)
    const contribution = item?.ok === true ? contributionOf(item.event, dayOf(item.event)) : undefined
    if (contribution !== undefined) this.changes.add(contribution, sign, offset, received_ms)
  }

  /** Takes back what an event of an earlier stretch contributed, of which nothing was kept. */
  private async contributeAgain(records: RecordBatch, index: number, offset: number, received_ms: number) {
    const { events } = this.scanner
    const layout = this.scanner.scan(records.sourceAt(index), records.valueStart(index), records.valueEnd(index))
    if (layout !== undefined) {
      this.contributions.add(layout, events, events.rows - 1, this.changes, -1, offset, received_ms)
      return
    }
    const { event } = await decodeAgain(records.at(index), this.context.poisoned, this.deps)
    const contribution = contributionOf(event, dayOf(event))
    if (contribution !== undefined) this.changes.add(contribution, -1, offset, received_ms)
  }

  /** What superseded observations that lie in the store contributed, by their offsets. */
  private async stored(stretch: Stretch): Promise<ReadonlyMap<number, Contribution | undefined>> {
    const places: StoredPlace[] = []
    for (let index = stretch.from; index < stretch.to; index++) {
      const judgement = stretch.judgementOf(index)
      if (judgement?.verdict !== 'newer' || judgement.previous.index !== undefined) continue
      const [tenant, type] = [stretch.tenantOf(index), stretch.typeOf(index)]
      const { day, offset } = judgement.previous
      if (isSuperseding(type)) places.push({ tenant, type, day, offset })
    }
    const { topic, partition } = this.context.claim
    return places.length === 0 ? NOTHING : storedContributions(this.deps.store, topic, partition, places)
  }
}

/** Keys of cells kept from stretch to stretch, about a kilobyte each. */
const KEYS_MAX = 16_384
const NOTHING: ReadonlyMap<number, Contribution | undefined> = new Map()
