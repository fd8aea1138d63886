import type { Rejection } from '../../schemas/parse.ts'
import { type StreamWindows, streamWindowsTable } from '../../schemas/streams.ts'
import type { Table } from '../../schemas/tables.ts'
import { versionOf } from '../facts/version.ts'
import type { Block, PartitionContext } from '../runner/stage.ts'
import type { Words } from '../scan/words.ts'
import type { Store } from '../store/client.ts'
import { NativeBlock } from '../store/native.ts'
import { Keys } from './keys.ts'
import { invalid, missing, type Output } from './output.ts'
import { Page } from './page.ts'
import type { FlatReader } from './reader.ts'
import { type CompiledMatch, compileMatch, matches, timeAt } from './values.ts'

/**
 * Tumbling windows of one source partition. They are held in pages of neighbouring windows, read from their table when
 * first touched and dropped when clean and long unused: everything in here can be rebuilt from the table and the log.
 */
export class WindowsOutput implements Output {
  private readonly windows: StreamWindows
  private readonly table: Table
  private readonly context: PartitionContext
  private readonly store: Store
  private readonly cells_max: number
  private readonly reader: FlatReader
  private readonly where: CompiledMatch | undefined
  private readonly time: number
  private readonly keys: Keys
  private readonly block_: NativeBlock
  /** By number of the page, those used longest ago first. */
  private readonly pages = new Map<number, Page>()
  private last: Page | undefined
  private last_number = -1
  /** Records whose page is not there yet: page, place and offset of each. */
  private readonly waiting: number[] = []
  private window = 0
  private key = 0

  /** @param cells_max clean pages are dropped, oldest first, while more cells than this are held */
  constructor(
    windows: StreamWindows,
    context: PartitionContext,
    reader: FlatReader,
    words: Words,
    store: Store,
    cells_max: number,
  ) {
    this.windows = windows
    this.table = streamWindowsTable(windows)
    this.context = context
    this.store = store
    this.cells_max = cells_max
    this.reader = reader
    this.where = compileMatch(windows.where, reader)
    this.time = reader.numberOf(windows.time)
    this.keys = new Keys(windows.by, reader, words)
    this.block_ = new NativeBlock(this.table.columns, 256)
  }

  look(): boolean | Rejection {
    const { reader, time } = this
    if (!matches(this.where, reader)) return false
    if (reader.places[time * 2] === -1) return missing(reader, time)
    const time_ms = timeAt(reader, time)
    if (Number.isNaN(time_ms)) return invalid(reader, time, 'ms since 1970')
    const key = this.keys.look()
    if (typeof key !== 'number') return key
    this.window = Math.floor(time_ms / this.windows.size_ms)
    this.key = key
    return key >= 0
  }

  take(offset: number): void {
    const number = Math.floor(this.window / PAGE_WINDOWS)
    const place = this.key * PAGE_WINDOWS + (this.window - number * PAGE_WINDOWS)
    const page = number === this.last_number ? this.last : this.pages.get(number)
    if (page === undefined) {
      this.waiting.push(number, place, offset)
      return
    }
    this.last = page
    this.last_number = number
    page.count(place, offset)
  }

  async settle(): Promise<void> {
    const { waiting } = this
    if (waiting.length === 0) return
    const missing_pages = new Set<number>()
    for (let at = 0; at < waiting.length; at += 3) missing_pages.add(waiting[at]!)
    for (const number of missing_pages) this.pages.set(number, await this.load(number))
    for (let at = 0; at < waiting.length; at += 3) {
      this.pages.get(waiting[at]!)!.count(waiting[at + 1]!, waiting[at + 2]!)
    }
    waiting.length = 0
  }

  block(hi: number): Block {
    const { block_: block, context, pages, table, windows } = this
    block.reset()
    const [start, topic, partition] = ['start', '_topic', '_partition'].map((name) => block.column(name))
    const [events, version, applied] = ['events', 'version', 'applied'].map((name) => block.column(name))
    const labels = windows.by.map(({ column }) => block.column(column))
    const version_now = versionOf(context.generation, hi)
    for (const [number, page] of pages) {
      for (const cell of page.dirty) {
        const place = page.placeOf(cell)
        const window = number * PAGE_WINDOWS + (place % PAGE_WINDOWS)
        start!.append(window * windows.size_ms)
        for (const [n, label] of this.keys.labelsOf(Math.floor(place / PAGE_WINDOWS)).entries()) {
          labels[n]!.append(label)
        }
        topic!.append(context.claim.topic)
        partition!.append(context.claim.partition)
        events!.append(page.sumOf(cell))
        version!.append(version_now)
        applied!.append(page.appliedOf(cell, hi))
      }
    }
    return { table, rows: block.rows, body: block.finish() }
  }

  committed(): void {
    let cells = 0
    for (const [number, page] of [...this.pages]) {
      cells += page.size
      if (page.dirty.length === 0) continue
      page.clean()
      this.pages.delete(number)
      this.pages.set(number, page)
    }
    for (const [number, page] of this.pages) {
      if (cells <= this.cells_max) return
      this.pages.delete(number)
      cells -= page.size
      if (number === this.last_number) this.last_number = -1
    }
  }

  /** What was counted is in the store by then: a page that is needed again is read from there. */
  forget(): void {
    this.pages.clear()
    this.last_number = -1
    this.keys.forget()
  }

  /** What this partition has written of a page before. */
  private async load(number: number): Promise<Page> {
    const { by, size_ms, table } = this.windows
    const { partition, topic } = this.context.claim
    const from = number * PAGE_WINDOWS
    const rows = await this.store.query<[string, string, string, ...string[]]>(
      `SELECT toUnixTimestamp64Milli(start), events, applied, ${by.map(({ column }) => `\`${column}\``).join(', ')}
       FROM \`${table}\` FINAL
       WHERE _topic = {topic:String} AND _partition = {partition:UInt16}
         AND start >= fromUnixTimestamp64Milli({from:Int64}) AND start < fromUnixTimestamp64Milli({to:Int64})`,
      { topic, partition, from: from * size_ms, to: (from + PAGE_WINDOWS) * size_ms },
      { format: 'JSONCompactEachRow' },
    )
    const page = new Page()
    for (const [start, events, applied, ...labels] of rows) {
      const window = Number(start) / size_ms - from
      page.add(this.keys.keyOf(labels) * PAGE_WINDOWS + window, Number(events), Number(applied))
    }
    return page
  }
}

/** Windows that are read back together. */
const PAGE_WINDOWS = 64
