import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { ImportError } from '../error.ts'

export type Chunk = {
  /** Good until the next chunk is asked for: its memory is used again. */
  readonly bytes: Buffer
  /** How much of the file as it lies on disk has been read so far: for progress. */
  readonly file_bytes: number
}

/**
 * The bytes of a file from a position on, unpacked when it is gzip (told by its first bytes, not by its name). The
 * position is one in the unpacked bytes.
 *
 * @throws ImportError `unreadable_file` for a file that cannot be read, is UTF-16 or a damaged gzip
 */
export async function* chunksOf(path: string, from: number, chunk_bytes: number): AsyncGenerator<Chunk> {
  const file = await openFile(path)
  try {
    const head = Buffer.alloc(3)
    await file.read(head, 0, 3, 0)
    const chunks =
      head[0] === 0x1f && head[1] === 0x8b ? unpacked(path, from, chunk_bytes) : plain(file, from, chunk_bytes)
    let first = from === 0
    for await (const chunk of chunks) {
      if (first) refuseUtf16(chunk.bytes)
      first = false
      yield chunk
    }
  } catch (error) {
    if (!FILE_ERROR.test((error as NodeJS.ErrnoException).code ?? '')) throw error
    throw new ImportError('unreadable_file', `reading ${path}: ${(error as Error).message}`, { cause: error })
  } finally {
    await file.close()
  }
}

/** What the system (EIO, EACCES) or zlib (Z_DATA_ERROR) says of a file; anything else is a mistake of ours. */
const FILE_ERROR = /^(?:E(?!RR_)[A-Z0-9]+|Z_[A-Z]+_ERROR)$/

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    throw new ImportError('unreadable_file', `cannot open ${path}: ${(error as Error).message}`, { cause: error })
  }
}

async function* plain(file: FileHandle, from: number, chunk_bytes: number): AsyncGenerator<Chunk> {
  const bytes = Buffer.allocUnsafeSlow(chunk_bytes)
  for (let at = from; ; ) {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield { bytes: bytes.subarray(0, bytesRead), file_bytes: at }
  }
}

async function* unpacked(path: string, from: number, chunk_bytes: number): AsyncGenerator<Chunk> {
  const file = createReadStream(path, { highWaterMark: chunk_bytes })
  const gunzip = createGunzip({ chunkSize: Math.max(64, chunk_bytes) })
  file.on('error', (error) => gunzip.destroy(error))
  let at = 0
  try {
    for await (const bytes of file.pipe(gunzip) as AsyncIterable<Buffer>) {
      at += bytes.length
      if (at <= from) continue
      yield { bytes: bytes.subarray(Math.max(0, bytes.length - (at - from))), file_bytes: file.bytesRead }
    }
  } finally {
    // Who stops reading leaves it open.
    file.destroy()
  }
}

function refuseUtf16(bytes: Buffer): void {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new ImportError('unreadable_file', 'the file is UTF-16; convert it to UTF-8 first')
  }
}
