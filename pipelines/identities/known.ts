import type { Store } from '../store/client.ts'
import type { Bloom } from './bloom.ts'
import { type CheckpointKey, identitiesTable, loadCheckpoint, saveCheckpoint } from './checkpoint.ts'
import { fillFilter } from './fill.ts'

/** The filter of what may have been seen, and how it is filled: by partition, from a checkpoint and the store. */
export type Known = {
  readonly bloom: Bloom
  /** Everything that the store knows of a partition is in the filter when this resolves. @throws StoreError */
  fill(partition: number): Promise<void>
  /** The filter has had the identities of every record before this offset. Now and then it is saved. */
  committed(partition: number, hi: number, records: number): void
  /** Saves it now, where that spares the next start some work. */
  close(): Promise<void>
}

export type KnownDeps = {
  readonly store: Store
  readonly bloom: Bloom
  readonly topic: string
  /** Where the filter is kept between starts; nowhere when absent. */
  readonly file?: string
  /** A checkpoint could not be read or written: the next start takes longer. */
  readonly onFileError: (error: Error) => void
  readonly records_a_save?: number
}

export function knownIdentities(deps: KnownDeps): Known {
  const { bloom, file, onFileError, records_a_save = RECORDS_A_SAVE, store, topic } = deps
  const positions = new Map<number, number>()
  let key: CheckpointKey | undefined
  let loading: Promise<void> | undefined
  let saving: Promise<void> = Promise.resolve()
  let is_saving = false
  let unsaved = 0

  async function load(at: string): Promise<void> {
    key = { file: at, topic, table: await identitiesTable(store) }
    const found = await loadCheckpoint(key, bloom).catch(told)
    for (const [partition, position] of found?.positions ?? []) positions.set(partition, position)
  }

  const told = (error: Error): undefined => {
    onFileError(error)
    return undefined
  }

  function save(): void {
    if (key === undefined || is_saving) return
    is_saving = true
    unsaved = 0
    // What is committed while the slices are written is in some of them: the positions of now are what all have.
    saving = saveCheckpoint(key, bloom, { positions: new Map(positions) })
      .catch(told)
      .finally(() => {
        is_saving = false
      })
  }

  return {
    bloom,
    async fill(partition) {
      if (file !== undefined) {
        // A store that does not answer is asked again with the next claim.
        loading ??= load(file).catch((error: unknown) => {
          loading = undefined
          throw error
        })
        await loading
      }
      const from = positions.get(partition) ?? 0
      unsaved += await fillFilter(store, bloom, { topic, partition, from })
    },
    committed(partition, hi, records) {
      positions.set(partition, Math.max(hi, positions.get(partition) ?? 0))
      unsaved += records
      if (unsaved >= records_a_save) save()
    },
    async close() {
      await saving
      if (unsaved * CLOSE_SHARE >= records_a_save) save()
      await saving
    },
  }
}

/** Reading so many from the store takes a start about half a second; writing the file 30 ms. */
const RECORDS_A_SAVE = 500_000
/** An orderly end saves from this share of them on. */
const CLOSE_SHARE = 10
