import type { LogFile } from './fs.ts'

const NOTHING = Buffer.alloc(0)

/**
 * A stretch of a file in memory. What it holds is never overwritten, since records are views into it: loading takes a
 * new buffer, and the old one lives as long as somebody looks at it.
 */
export class FileWindow {
  buffer = NOTHING
  /** Position in the file of the buffer's first byte. */
  #start = 0
  readonly file: LogFile

  constructor(file: LogFile) {
    this.file = file
  }

  /** Where `position` is in the buffer, if `bytes` from there on are in memory; else -1. */
  find(position: number, bytes: number): number {
    const at = position - this.#start
    return at >= 0 && at + bytes <= this.buffer.length ? at : -1
  }

  /** As `find`, reading `bytes_wanted` of the file where needed; -1 when the file has fewer than `bytes_needed`. */
  async load(position: number, bytes_needed: number, bytes_wanted: number): Promise<number> {
    const found = this.find(position, bytes_needed)
    if (found >= 0) return found
    const buffer = Buffer.allocUnsafeSlow(Math.max(bytes_needed, bytes_wanted))
    const got = await this.file.read(buffer, 0, buffer.length, position)
    this.buffer = buffer.subarray(0, got)
    this.#start = position
    return got < bytes_needed ? -1 : 0
  }

  forget(): void {
    this.buffer = NOTHING
  }
}
