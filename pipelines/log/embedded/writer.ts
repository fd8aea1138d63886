import { dirname } from 'node:path'
import type { Clock } from '../../clock.ts'
import { LogError } from '../port.ts'
import { isDiskFull, refusal, unavailable } from './failure.ts'
import { recordCount, sealFrame } from './frame.ts'
import type { LogFile, LogFs } from './fs.ts'
import { type Meta, type MetaWrite, segmentKey, tailKey } from './meta.ts'
import type { AppendQueue, Pending } from './queue.ts'
import { errorCode, listSegments, nextSegment, type PartitionPlace, segmentPath, type Tail } from './segment.ts'
import type { SharedTable } from './shared.ts'

/** Written and flushed at once, at most: bounds how long the first of a round waits for the last. */
const ROUND_BYTES_MAX = 8_000_000

export type WriterOptions = { readonly segment_bytes: number; readonly segment_ms: number }

type Deps = {
  readonly fs: LogFs
  readonly meta: Meta
  readonly shared: SharedTable
  readonly clock: Clock
  readonly options: WriterOptions
  /** Told once, when the log must not be written any more. */
  fail(error: LogError): void
}

/**
 * Writes one partition. Whatever waits is written together: one write and one flush a round, then one meta
 * transaction, after which it is published and its appends resolve. The next round is written while the transaction
 * of the one before is under way.
 */
export class PartitionWriter {
  readonly #deps: Deps
  readonly #place: PartitionPlace
  readonly #slot: number
  readonly #queue: AppendQueue
  /** What meta store and readers know. */
  #recorded: Tail
  /** What the segment files hold: ahead of `#recorded` by the rounds whose transaction is under way. */
  #written: Tail
  /** Segments that were closed since the last recorded round. */
  #closed: MetaWrite[] = []
  #file: LogFile | undefined
  #recording: Promise<void> = Promise.resolve()
  #record_error: unknown
  #running: Promise<void> | undefined
  #roll_wanted = false

  constructor(deps: Deps, place: PartitionPlace, slot: number, tail: Tail, queue: AppendQueue) {
    this.#deps = deps
    this.#place = place
    this.#slot = slot
    this.#queue = queue
    this.#recorded = tail
    this.#written = tail
  }

  get tail(): Tail {
    return this.#recorded
  }

  /** @returns the first offset */
  append(frame: Buffer): Promise<number> {
    const appended = this.#queue.push(frame)
    this.#start()
    return appended
  }

  /** Begins a new segment, so that retention may take the one written until now. */
  async roll(): Promise<void> {
    await this.idle()
    if (this.#recorded.last_frame < 0) return
    this.#roll_wanted = true
    this.#start()
    await this.idle()
  }

  /** Resolves when everything that was appended until now is written or refused. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async close(): Promise<void> {
    await this.idle()
    await this.#closeFile()
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      // Something may have come between the loop's last look and now.
      if (this.#queue.length > 0) this.#start()
    })
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0 || this.#roll_wanted) {
      const round = this.#queue.take(ROUND_BYTES_MAX)
      try {
        const tail = await this.#write(round)
        // One transaction at a time: then what it did not record is exactly what lies behind `#recorded`.
        await this.#recording
        if (this.#record_error !== undefined) throw this.#record_error
        this.#recording = this.#record(round, tail)
      } catch (error) {
        await this.#recording
        round.reject(await this.#giveUp(error))
      }
      if (this.#queue.length === 0) await Promise.race([this.#recording, this.#queue.arrival()])
    }
    await this.#recording
    if (this.#record_error !== undefined) await this.#giveUp(this.#record_error)
  }

  /** Writes and flushes a round behind `#written`. */
  async #write(round: Pending): Promise<Tail> {
    if (this.#deps.shared.state() !== 'open') throw unavailable('the log has failed or was closed')
    const now_ms = this.#deps.clock()
    const roll = this.#wantsRoll(now_ms)
    this.#roll_wanted = false
    if (roll) await this.#beginSegment()
    const file = await this.#openFile()
    let tail = this.#written
    for (const frame of round.frames) {
      sealFrame(frame, tail.end, now_ms)
      tail = {
        ...tail,
        end: tail.end + recordCount(frame),
        last_frame: tail.position,
        position: tail.position + frame.length,
        oldest_ms: tail.last_frame < 0 ? now_ms : tail.oldest_ms,
        newest_ms: Math.max(tail.newest_ms, now_ms),
      }
    }
    if (round.frames.length === 0) return tail
    await file.write(round.frames, this.#written.position)
    try {
      await file.datasync()
    } catch (error) {
      // The kernel may have dropped the pages and marked them clean: a second flush would succeed and mean nothing.
      throw unavailable('flushing to the disk failed; restart the engine', error)
    }
    this.#written = tail
    return tail
  }

  async #record(round: Pending, tail: Tail): Promise<void> {
    const { topic, partition } = this.#place
    // A copy: the next round may close a segment while this transaction is under way.
    const closed = [...this.#closed]
    try {
      await this.#deps.meta.write([...closed, { key: tailKey(topic, partition), value: tail }])
    } catch (error) {
      this.#record_error = isDiskFull(error) ? error : unavailable('the meta store failed; restart the engine', error)
      round.reject(refusal(this.#record_error))
      return
    }
    this.#closed = this.#closed.filter((write) => !closed.includes(write))
    let offset = this.#recorded.end
    this.#recorded = tail
    this.#deps.shared.publish(this.#slot, tail)
    round.resolve((frame) => {
      const first = offset
      offset += recordCount(frame)
      return first
    })
  }

  /**
   * Takes back what is not recorded, so that the next round finds the files as the readers know them. After a failed
   * flush or transaction nobody can say what is on the disk: that ends the log, and opening it again finds out.
   */
  async #giveUp(error: unknown): Promise<LogError> {
    const fatal = [error, this.#record_error].find((each) => each instanceof LogError)
    this.#record_error = undefined
    this.#roll_wanted = false
    if (fatal !== undefined) return this.#fail(fatal)
    try {
      await this.#takeBack()
    } catch (cutting) {
      return this.#fail(unavailable('a partial write could not be taken back; restart the engine', cutting))
    }
    return refusal(error)
  }

  /** Cuts the files back to `#recorded`: the partial write, and segments begun since. */
  async #takeBack(): Promise<void> {
    await this.#closeFile()
    const bases = await listSegments(this.#deps.fs, this.#place)
    for (const base of bases.filter((each) => each > this.#recorded.segment)) {
      await this.#deps.fs.unlink(segmentPath(this.#place, base))
    }
    this.#written = this.#recorded
    this.#closed = []
    if (!bases.includes(this.#recorded.segment)) return
    const file = await this.#openFile()
    await file.truncate(this.#recorded.position)
    // What was refused must not come back after a power cut.
    await file.datasync()
  }

  #fail(error: LogError): LogError {
    this.#deps.fail(error)
    return error
  }

  #wantsRoll(now_ms: number): boolean {
    const { last_frame, position, oldest_ms } = this.#written
    if (last_frame < 0) return false
    const { segment_bytes, segment_ms } = this.#deps.options
    return this.#roll_wanted || position >= segment_bytes || now_ms - oldest_ms >= segment_ms
  }

  async #beginSegment(): Promise<void> {
    const { closed, tail } = nextSegment(this.#written)
    await this.#closeFile()
    this.#written = tail
    const { topic, partition } = this.#place
    this.#closed.push({ key: segmentKey(topic, partition, closed.base), value: closed })
  }

  async #openFile(): Promise<LogFile> {
    if (this.#file !== undefined) return this.#file
    const { fs } = this.#deps
    const path = segmentPath(this.#place, this.#written.segment)
    try {
      this.#file = await fs.open(path, 'write')
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || this.#written.position > 0) throw error
      await fs.mkdir(this.#place.dir)
      this.#file = await fs.open(path, 'create')
      // The name must be as durable as the records behind it, and so must the folders it lies in.
      const parent = dirname(this.#place.dir)
      const made = this.#written.segment === 0 ? [dirname(parent), parent] : []
      for (const dir of [...made, this.#place.dir]) await fs.syncDir(dir)
    }
    return this.#file
  }

  async #closeFile(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }
}
