import { type FileHandle, open, rename } from 'node:fs/promises'
import { crc32c } from '@node-rs/crc32'
import type { Store } from '../store/client.ts'
import type { Bloom } from './bloom.ts'

/**
 * The filter of known identities as a file, so that a start reads 32 MB and what came since, and not every identity from
 * the store. It is a help and never the truth: a file that is missing, torn, of another store or of another format is
 * not used, and the store is read as a whole.
 */
export type Checkpoint = {
  /** By partition: identities of every record before this offset are in the filter. */
  readonly positions: ReadonlyMap<number, number>
}

export type CheckpointKey = {
  readonly file: string
  readonly topic: string
  /** Which table the identities come from; see {@link identitiesTable}. */
  readonly table: string
}

/**
 * Adds what the file has to the filter.
 *
 * @returns undefined where there is no file that can be used; the filter is then as it was
 */
export async function loadCheckpoint(key: CheckpointKey, bloom: Bloom): Promise<Checkpoint | undefined> {
  let file: FileHandle
  try {
    file = await open(key.file, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const head = await readHead(file)
    if (head === undefined || head.topic !== key.topic || head.table !== key.table) return undefined
    if (head.bytes !== bloom.bytes.length) return undefined
    // All of it is looked at before any bit is added: half a filter with all positions would call known ones new.
    const bits = new Uint8Array(head.bytes)
    for (let at = 0; at < bits.length; at += SLICE_BYTES) {
      const slice = await readSlice(file, HEAD_BYTES + (at / SLICE_BYTES) * (SLICE_BYTES + 4), bits.length - at)
      if (slice === undefined) return undefined
      bits.set(slice, at)
    }
    bloom.merge(bits)
    return { positions: new Map(head.positions) }
  } finally {
    await file.close()
  }
}

/**
 * Writes the filter in slices, while others go on adding to it: a slice may have more than the positions promise, which
 * only costs a question to the store. The file takes its name when it is whole.
 */
export async function saveCheckpoint(key: CheckpointKey, bloom: Bloom, { positions }: Checkpoint): Promise<void> {
  const { table, topic } = key
  const made = `${key.file}.new`
  const file = await open(made, 'w', 0o600)
  try {
    const head = Buffer.alloc(HEAD_BYTES)
    const text = JSON.stringify({ topic, table, bytes: bloom.bytes.length, positions: [...positions] } satisfies Head)
    head.write(`${MAGIC}${text}\n`, 4)
    head.writeUInt32LE(crc32c(head.subarray(4)), 0)
    await file.write(head)
    const slice = Buffer.alloc(SLICE_BYTES + 4)
    for (let at = 0; at < bloom.bytes.length; at += SLICE_BYTES) {
      const length = Math.min(SLICE_BYTES, bloom.bytes.length - at)
      slice.set(bloom.bytes.subarray(at, at + length), 4)
      slice.writeUInt32LE(crc32c(slice.subarray(4, 4 + length)), 0)
      await file.write(slice, 0, 4 + length)
    }
  } finally {
    await file.close()
  }
  await rename(made, key.file)
}

/** Names the table of identities for as long as it lives: a store that was made anew has another. */
export async function identitiesTable(store: Store): Promise<string> {
  const [row] = await store.query<{ uuid: string }>(
    "SELECT toString(uuid) AS uuid FROM system.tables WHERE database = currentDatabase() AND name = 'identities'",
  )
  if (row === undefined) throw new Error('the store has no table of identities')
  return row.uuid
}

type Head = {
  readonly topic: string
  readonly table: string
  readonly bytes: number
  readonly positions: readonly (readonly [number, number])[]
}

async function readHead(file: FileHandle): Promise<Head | undefined> {
  const head = Buffer.alloc(HEAD_BYTES)
  const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0)
  if (bytesRead < HEAD_BYTES || head.readUInt32LE(0) !== crc32c(head.subarray(4))) return undefined
  const text = head.toString('utf8', 4, head.indexOf('\n'))
  return text.startsWith(MAGIC) ? (JSON.parse(text.slice(MAGIC.length)) as Head) : undefined
}

async function readSlice(file: FileHandle, position: number, left: number): Promise<Buffer | undefined> {
  const length = Math.min(SLICE_BYTES, left)
  const slice = Buffer.alloc(4 + length)
  const { bytesRead } = await file.read(slice, 0, slice.length, position)
  const bits = slice.subarray(4)
  return bytesRead === slice.length && slice.readUInt32LE(0) === crc32c(bits) ? bits : undefined
}

/** Also the version: another layout has another name. */
const MAGIC = 'omnify filter 1 '
/** Room for the positions of some thousand partitions. */
const HEAD_BYTES = 65_536
const SLICE_BYTES = 1_048_576
