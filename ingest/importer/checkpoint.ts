import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { ImportError } from './error.ts'
import type { Place } from './thread/batch.ts'

/** Where checkpoints are kept between two runs of the command; small JSON texts under keys. */
export type Checkpoints = {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string): Promise<void>
  delete(key: string): Promise<void>
}

/**
 * How far an import has come. It saves work and keeps the counts of a run together; a lost, old or foreign one costs
 * nothing but reading again what the pipeline will drop as duplicates.
 */
export type Checkpoint = {
  readonly version: 1
  readonly file: FileIdentity
  readonly run: string
  /** Everything up to here is durable; undefined: nothing is known to be. */
  readonly place?: Place
  /** Offset per partition behind the run's last record until `place`. */
  readonly ends: readonly number[]
}

export type FileIdentity = { readonly size: number; readonly mtime_ms: number; readonly head_sha256: string }

/** @throws ImportError `unreadable_file` */
export async function identifyFile(path: string): Promise<FileIdentity> {
  try {
    await using file = await open(path, 'r')
    const stat = await file.stat()
    if (!stat.isFile()) throw new ImportError('unreadable_file', `${path} is not a file`)
    const head = Buffer.alloc(Math.min(HEAD_BYTES, stat.size))
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    const head_sha256 = createHash('sha256').update(head.subarray(0, bytesRead)).digest('hex')
    return { size: stat.size, mtime_ms: Math.floor(stat.mtimeMs), head_sha256 }
  } catch (error) {
    if (error instanceof ImportError) throw error
    throw new ImportError('unreadable_file', `cannot read ${path}: ${(error as Error).message}`, { cause: error })
  }
}

/** One key per file, tenant and way of reading it: another mapping or currency is another import. */
export function checkpointKey(file: FileIdentity, reading: unknown): string {
  const text = JSON.stringify([file.head_sha256, file.size, reading])
  return `import:${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
}

/** The checkpoint of this very file in this state, if there is one. */
export function readCheckpoint(text: string | undefined, file: FileIdentity, partitions: number) {
  if (text === undefined) return undefined
  const value = JSON.parse(text) as Checkpoint
  const same =
    value.version === 1 &&
    value.file.size === file.size &&
    value.file.mtime_ms === file.mtime_ms &&
    value.file.head_sha256 === file.head_sha256 &&
    value.ends.length === partitions
  return same ? value : undefined
}

const HEAD_BYTES = 1 << 20
