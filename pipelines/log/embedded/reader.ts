import { LogError } from '../port.ts'
import type { RecordBatch } from '../record-batch.ts'
import { FRAME_HEADER_BYTES, type FrameHeader, payloadIsWhole, readFrameHeader } from './frame.ts'
import type { LogFs } from './fs.ts'
import { decodeRecords, type FrameCursor, type RecordLimits, skipRecords, type Taken } from './records.ts'
import type { SeekIndexes, SegmentIndex } from './seek-index.ts'
import { corrupt, errorCode, listSegments, type PartitionPlace, segmentPath } from './segment.ts'
import type { SharedTable } from './shared.ts'
import { FileWindow } from './window.ts'

const READ_BYTES_MAX = 1_048_576
const READ_BYTES_MIN = 4_096

type Segment = { readonly base: number; readonly window: FileWindow; readonly index: SegmentIndex }

/**
 * Reads one partition from its segment files, in order or from any offset, up to the published end. Each reader has
 * its own file and buffer, so readers do not disturb one another; one call at a time.
 */
export class PartitionReader {
  readonly #fs: LogFs
  readonly #place: PartitionPlace
  readonly #slot: number
  readonly #shared: SharedTable
  readonly #indexes: SeekIndexes

  #segment: Segment | undefined
  /** The published end when the window was filled. Bytes behind it may since have been written. */
  #loaded_end = 0
  /** The frame the cursor stands in, where it is in the file, and the buffer its records are views of. */
  #frame: { readonly header: FrameHeader; readonly position: number; readonly buffer: Buffer } | undefined
  #cursor: FrameCursor = { offset: -1, at: 0 }

  constructor(fs: LogFs, place: PartitionPlace, slot: number, shared: SharedTable, indexes: SeekIndexes) {
    this.#fs = fs
    this.#place = place
    this.#slot = slot
    this.#shared = shared
    this.#indexes = indexes
  }

  /** Offset of the record that a sequential read goes on with; -1 before the first read. */
  get position(): number {
    return this.#cursor.offset
  }

  /**
   * Adds the records from `offset` on to `out`: at least one where the log has it, at most as `limits` say, none at the
   * end.
   *
   * @returns how many
   * @throws LogError offset_out_of_range, log_corrupt
   */
  async read(offset: number, limits: RecordLimits, out: RecordBatch): Promise<number> {
    const end = this.#shared.end(this.#slot)
    this.#checkRange(offset, end)
    if (offset === end || limits.records_max <= 0) return 0
    if (offset !== this.#cursor.offset) await this.#seek(offset)
    let taken: Taken = { bytes: 0, count: 0 }
    while (this.#cursor.offset < end) {
      if (this.#frame === undefined || this.#isBehind(this.#frame.header)) await this.#enterNext()
      const { header, buffer } = this.#frame!
      const now = decodeRecords(header, buffer, this.#cursor, limits, taken, out)
      taken = now
      if (now.full) break
    }
    return taken.count
  }

  async close(): Promise<void> {
    const segment = this.#segment
    this.#segment = undefined
    this.#frame = undefined
    this.#cursor = { offset: -1, at: 0 }
    await segment?.window.file.close()
  }

  #checkRange(offset: number, end: number): void {
    const start = this.#shared.start(this.#slot)
    if (Number.isSafeInteger(offset) && offset >= start && offset <= end) return
    const { topic, partition } = this.#place
    throw new LogError('offset_out_of_range', `${topic}/${partition} holds ${start} to ${end}, not ${offset}`)
  }

  #isBehind(header: FrameHeader): boolean {
    return this.#cursor.offset >= header.base_offset + header.count
  }

  /** Goes to the frame behind the one the cursor has left, in this segment or the next. */
  async #enterNext(): Promise<void> {
    const { offset } = this.#cursor
    const last = this.#frame
    let position = last === undefined ? 0 : last.position + frameBytes(last.header)
    let header = await this.#headerAt(position, offset)
    if (header === undefined) {
      await this.#open(offset)
      position = 0
      header = await this.#headerAt(position, offset)
    }
    if (header === undefined) throw this.#corrupt(position, `the file ends here, offset ${offset} is missing`)
    await this.#enter(header, position)
  }

  async #enter(header: FrameHeader, position: number): Promise<void> {
    const { window, index } = this.#segment!
    const bytes = frameBytes(header)
    const at = await this.#load(position, bytes, header.base_offset + header.count)
    if (at < 0) throw this.#corrupt(position, 'the file ends within this frame')
    if (!payloadIsWhole(header, window.buffer, at + FRAME_HEADER_BYTES)) {
      throw this.#corrupt(position, 'the checksum of this frame is wrong')
    }
    index.note(header.base_offset, position)
    this.#frame = { header, position, buffer: window.buffer }
    this.#cursor = { offset: header.base_offset, at: at + FRAME_HEADER_BYTES }
  }

  /** The header at `position`, which must be that of `offset`; undefined at the end of the file. */
  async #headerAt(position: number, offset: number): Promise<FrameHeader | undefined> {
    const segment = this.#segment
    if (segment === undefined) return undefined
    const at = await this.#load(position, FRAME_HEADER_BYTES, offset + 1)
    if (at < 0) {
      if ((await segment.window.file.size()) <= position) return undefined
      throw this.#corrupt(position, 'the file ends within a frame header')
    }
    const header = readFrameHeader(segment.window.buffer, at)
    if (header === undefined) throw this.#corrupt(position, 'this is no frame header, or a damaged one')
    if (header.base_offset !== offset || header.count === 0) {
      throw this.#corrupt(position, `the frame begins at offset ${header.base_offset}, not ${offset}`)
    }
    return header
  }

  /** Loads bytes that hold records up to `end`, not trusting what was read before they were published. */
  async #load(position: number, bytes: number, end: number): Promise<number> {
    const { window, base } = this.#segment!
    if (end > this.#loaded_end) window.forget()
    const found = window.find(position, bytes)
    if (found >= 0) return found
    this.#loaded_end = this.#shared.end(this.#slot)
    const published = this.#shared.publishedBytes(this.#slot, base) ?? Number.POSITIVE_INFINITY
    const ahead = Math.min(READ_BYTES_MAX, Math.max(READ_BYTES_MIN, published - position))
    return window.load(position, bytes, ahead)
  }

  async #seek(offset: number): Promise<void> {
    const bases = await listSegments(this.#fs, this.#place)
    const base = bases.findLast((each) => each <= offset)
    if (base === undefined) {
      this.#checkRange(offset, this.#shared.end(this.#slot))
      throw corrupt(this.#place, this.#shared.start(this.#slot), 0, 'the file is missing')
    }
    await this.#open(base)
    let { offset: at_offset, position } = this.#segment!.index.nearest(base, offset)
    for (;;) {
      const header = await this.#headerAt(position, at_offset)
      if (header === undefined) throw this.#corrupt(position, `the file ends here, offset ${offset} is missing`)
      if (header.base_offset + header.count > offset) {
        await this.#enter(header, position)
        skipRecords(header, this.#frame!.buffer, this.#cursor, offset)
        return
      }
      this.#segment!.index.note(at_offset, position)
      at_offset += header.count
      position += frameBytes(header)
    }
  }

  async #open(base: number): Promise<void> {
    await this.close()
    const path = segmentPath(this.#place, base)
    try {
      const window = new FileWindow(await this.#fs.open(path, 'read'))
      this.#segment = { base, window, index: this.#indexes.of(path) }
      this.#cursor = { offset: base, at: 0 }
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
      // Retention may have taken it just now.
      this.#checkRange(base, this.#shared.end(this.#slot))
      throw corrupt(this.#place, base, 0, 'the file is missing')
    }
  }

  #corrupt(position: number, what: string): LogError {
    const base = this.#segment?.base ?? 0
    // Nothing of what was read is used again: after a repair of the file the next read looks anew.
    this.#segment?.window.forget()
    this.#cursor = { offset: -1, at: 0 }
    this.#frame = undefined
    return corrupt(this.#place, base, position, what)
  }
}

function frameBytes(header: FrameHeader): number {
  return FRAME_HEADER_BYTES + header.payload_bytes
}
