import { setImmediate as breathe } from 'node:timers/promises'
import { identities, watermarks as watermarkTable } from '../../schemas/tables.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { type DecodedEvent, decodeAgain } from '../decode/decode.ts'
import { type BatchSource, Selection } from '../facts/columns/selection.ts'
import { dayOf, factRows } from '../facts/rows/registry.ts'
import { head, type RowContext, tail } from '../facts/rows/row.ts'
import { versionOf } from '../facts/version.ts'
import type { Watermarks } from '../facts/watermarks.ts'
import { findSeen } from '../identities/lookup.ts'
import type { AppendRecord } from '../log/port.ts'
import type { RecordBatch } from '../log/record-batch.ts'
import { BatchObserver } from '../observe/observe.ts'
import type { BatchOutput, Emit, PartitionContext, PartitionStage } from '../runner/stage.ts'
import type { Layout } from '../scan/layout.ts'
import { Scanner } from '../scan/scanner.ts'
import { Words } from '../scan/words.ts'
import { windowChanges, windowRows } from '../windows/rows.ts'
import type { WindowState } from '../windows/state.ts'
import { Changing } from './changing.ts'
import type { EngineDeps } from './deps.ts'
import type { Desk, Desks } from './desks.ts'
import { Failing } from './failing.ts'
import { Stretch, type StretchParts } from './stretch.ts'

type Parts = {
  readonly context: PartitionContext
  readonly deps: EngineDeps
  readonly windows: WindowState
  readonly watermarks: Watermarks
  readonly desks: Desks
}

/** One partition of the main pipeline: read, judge against what was seen, write facts, move windows. */
export class EngineStage implements PartitionStage {
  private readonly parts: Parts
  private readonly words = new Words()
  private readonly scanner: Scanner
  private readonly changing: Changing
  private readonly selections = new Map<Layout, Selection>()
  private hashes: Uint32Array = new Uint32Array(0)

  constructor(parts: Parts) {
    this.parts = parts
    this.scanner = new Scanner(this.words, parts.deps.is_own_log, STRETCH)
    this.changing = new Changing(this.words, this.scanner, parts.context, parts.deps)
  }

  async transform(records: RecordBatch): Promise<BatchOutput> {
    const { desks } = this.parts
    const desk = desks.take()
    const output = await this.transformAt(desk, records)
    desks.giveBack(desk)
    return output
  }

  private async transformAt(desk: Desk, records: RecordBatch): Promise<BatchOutput> {
    const { context, deps } = this.parts
    const { topic, partition } = context.claim
    this.forgetWords()
    const lookup = {
      mayHave: (words: Uint32Array, at: number) => deps.bloom.mayHave(words, at),
      find: (hashes: readonly string[], before: number) => findSeen(deps.store, topic, partition, hashes, before),
    }
    const observer = new BatchObserver(records, lookup)
    this.hashes = observer.hashes
    const { scanner, words } = this
    const parts = { context, deps, records, observer, scanner, words, is_scanning: context.present.size === 0 }
    // Few at a time, so that decoded events die young and others get their turn; more where each stretch asks the store.
    const stretch = (await observer.prefetch()) === 0 ? STRETCH : STRETCH_ASKING
    const failing = new Failing(context, desk.blocks, deps.vault)
    for (let from = 0; from < records.length; from += stretch) {
      if (from > 0) await breathe()
      await this.take(desk, parts, from, Math.min(records.length, from + stretch), failing)
    }
    return this.output(desk, records.offsetOf(records.length - 1) + 1, failing.letters)
  }

  committed(): void {
    const { deps, watermarks, windows } = this.parts
    for (let at = 0; at < this.hashes.length; at += 4) deps.bloom.add(this.hashes, at)
    windows.committed()
    watermarks.committed()
  }

  /** Nothing is held but memory. */
  close(): void {}

  /** Texts that are not as few as they were thought to be must not fill the memory. */
  private forgetWords(): void {
    if (this.words.size < WORDS_MAX) return
    this.words.clear()
    this.scanner.forget()
    this.changing.forget()
  }

  /** A stretch of the batch: read and judge, move windows, write rows. */
  private async take(desk: Desk, parts: StretchParts, from: number, to: number, failing: Failing): Promise<void> {
    this.scanner.rewind()
    const stretch = await Stretch.read(parts, from, to)
    await this.parts.windows.apply(await this.changing.change(stretch, parts.records))
    for (let index = from; index < to; index++) {
      const item = stretch.decodedAt(index)
      if (item?.ok === false) {
        failing.fail(item.record, item.failure)
        continue
      }
      const { verdict } = stretch.judgementOf(index)!
      if (verdict === 'conflict') {
        const { poisoned } = this.parts.context
        await failing.conflict(item ?? (await decodeAgain(parts.records.at(index), poisoned, this.parts.deps)))
      } else if (verdict !== 'duplicate') {
        if (item === undefined) this.select(stretch, index, parts.records.offsetOf(index))
        else this.accept(desk, item, index)
      }
    }
    this.writeSelected(desk, parts.records)
  }

  /** Remembers an event on the tape whose rows are to be written. */
  private select(stretch: Stretch, index: number, offset: number): void {
    const layout = stretch.layoutOf(index)!
    let selection = this.selections.get(layout)
    if (selection === undefined) {
      selection = new Selection()
      this.selections.set(layout, selection)
    }
    selection.add(stretch.rowOf(index), index, 0, 0)
    const { watermarks } = this.parts
    watermarks.see(stretch.tenantOf(index), stretch.sourceOf(index), stretch.occurredOf(index), offset)
  }

  private writeSelected(desk: Desk, records: RecordBatch): void {
    const { topic, partition } = this.parts.context.claim
    const { children, events } = this.scanner
    const source: BatchSource = { topic, partition, records, hashes: this.hashes, words: this.words, events, children }
    for (const [layout, selection] of this.selections) {
      if (selection.count > 0) desk.scanned.write(layout, source, selection)
      selection.count = 0
    }
  }

  private accept({ blocks }: Desk, { event, record }: DecodedEvent, index: number): void {
    const { present, claim } = this.parts.context
    const context: RowContext = {
      event,
      hash: new Uint8Array(this.hashes.buffer, index * 16, 16),
      received_ms: record.timestamp_ms,
      day: dayOf(event),
      topic: claim.topic,
      partition: claim.partition,
      offset: record.offset,
    }
    const first = head(context)
    let row = 0
    factRows(context, (table, middle) => {
      blocks.addFrom(table, present, record.offset, row, first, middle, tail(context, row))
      row++
    })
    const identity = [context.hash, BigInt(`0x${event.h}`), event.tenant, event.type, context.day, event.occurred_ms]
    blocks.addFrom(identities, present, record.offset, 0, identity, tail(context, 0))
    this.parts.watermarks.see(event.tenant, event.source, event.occurred_ms, record.offset)
  }

  private output({ blocks }: Desk, hi: number, letters: readonly AppendRecord[]): BatchOutput {
    const { context, watermarks, windows } = this.parts
    const { partition } = context.claim
    const version = versionOf(context.generation, hi)
    const pages = windows.dirty()
    windowRows(pages, partition, version, hi, (table) => blocks.buildersOf(table))
    for (const row of watermarks.rows(context.generation, hi)) blocks.add(watermarkTable, row)
    const emits: Emit[] = []
    if (pages.length > 0) {
      emits.push({ topic: TOPICS.window_changes.name, partition: 0, records: windowChanges(pages, partition, version) })
    }
    if (letters.length > 0) emits.push({ topic: TOPICS.dead_letters.name, partition: 0, records: letters })
    return { blocks: blocks.finish(), emits }
  }
}

/** Words kept from batch to batch: with their texts some ten megabytes. */
const WORDS_MAX = 200_000
/** Records decoded at a time: their events are about a megabyte. */
const STRETCH = 500
/** Where identities are looked up, what they supersede is too: a question to the store costs as much as many records. */
const STRETCH_ASKING = 10_000
