import { open, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { CODES, EngineError } from './errors.ts'
import { LIMITS } from './limits.ts'

/**
 * Files through which the engine reads the data of an insert, and writes a result that is too large for memory. They are
 * emptied and used again: making and removing one for every insert costs a file system more than the data (ext4 without
 * a journal looks at every inode that was freed within the last minutes).
 *
 * @param directory  where the files are made
 * @param count      how many may be open at once; `open` beyond it is our own mistake and throws
 */
export function createSpool(directory: string, count: number): Spool {
  const free = Array.from({ length: count }, (_, n) => join(directory, `spool-${n}`))
  const all = [...free]
  return {
    open() {
      const path = free.pop()
      if (path === undefined) throw new Error('no free spool file')
      let used = false
      const use = (): string => {
        used = true
        return path
      }
      return {
        use,
        async write(data) {
          await write(use(), data)
          return path
        },
        async release() {
          if (used) await empty(path)
          free.push(path)
        },
      }
    },
    async remove() {
      await Promise.all(all.map((path) => rm(path, { force: true })))
    },
  }
}

export type Spool = {
  open(): SpoolFile
  /** Removes the files; call when none is open. */
  remove(): Promise<void>
}

export type SpoolFile = {
  /** The path, for somebody else to write to. */
  use(): string
  /**
   * Writes the data of an insert, all of them before the engine sees the first: a body that ends early leaves nothing
   * behind in the store. (On a server such an insert may have written a part of its rows.)
   *
   * @returns the path
   * @throws EngineError 271 above `LIMITS.insert_bytes_max`, 236 when the data end early
   */
  write(data: Readable | Buffer): Promise<string>
  /** Call last: empties the file for its next use. */
  release(): Promise<void>
}

async function write(path: string, data: Readable | Buffer): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    const parts: Buffer[] = []
    let [held_bytes, bytes] = [0, 0]
    for await (const part of (Buffer.isBuffer(data) ? [data] : data) as AsyncIterable<Buffer>) {
      bytes += part.length
      held_bytes += part.length
      if (bytes > LIMITS.insert_bytes_max) throw tooLarge()
      parts.push(part)
      if (held_bytes < HELD_BYTES) continue
      await writeAll(file, parts.splice(0), held_bytes)
      held_bytes = 0
    }
    if (held_bytes > 0) await writeAll(file, parts, held_bytes)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw new EngineError(CODES.ABORTED, 'The data of the insert ended early', { cause })
  } finally {
    await file.close()
  }
}

/** A body comes in parts of 64 KB; writing each by itself costs a trip to a thread and back. */
const HELD_BYTES = 4 * 1024 * 1024

async function writeAll(
  file: { writev(parts: readonly Buffer[]): Promise<{ bytesWritten: number }> },
  parts: readonly Buffer[],
  bytes: number,
): Promise<void> {
  const { bytesWritten } = await file.writev(parts)
  if (bytesWritten !== bytes) throw new Error(`only ${bytesWritten} of ${bytes} bytes were written: is the disk full?`)
}

function tooLarge(): EngineError {
  const text = `The insert has more than ${LIMITS.insert_bytes_max} bytes`
  return new EngineError(CODES.TOO_LARGE_SIZE_COMPRESSED, text)
}

async function empty(path: string): Promise<void> {
  try {
    await truncate(path)
  } catch (cause) {
    // A result's file is made by the engine, which may have failed before.
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
  }
}
