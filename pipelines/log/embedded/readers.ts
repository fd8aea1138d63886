import type { LogFs } from './fs.ts'
import { PartitionReader } from './reader.ts'
import type { SeekIndexes } from './seek-index.ts'
import { partitionPlace } from './segment.ts'
import type { SharedTable } from './shared.ts'

const IDLE_MAX = 32

/**
 * Readers for reads outside of groups. One that has finished is kept for the next read of its partition, which most
 * often goes on where it stopped; the longest unused is closed when there are too many.
 */
export class ReaderPool {
  readonly #idle = new Map<string, PartitionReader>()
  readonly #fs: LogFs
  readonly #dir: string
  readonly #shared: SharedTable
  readonly #indexes: SeekIndexes

  constructor(fs: LogFs, dir: string, shared: SharedTable, indexes: SeekIndexes) {
    this.#fs = fs
    this.#dir = dir
    this.#shared = shared
    this.#indexes = indexes
  }

  async use<T>(
    topic: string,
    partition: number,
    slot: number,
    work: (reader: PartitionReader) => Promise<T>,
  ): Promise<T> {
    const place = partitionPlace(this.#dir, topic, partition)
    const reader = this.#idle.get(place.dir) ?? new PartitionReader(this.#fs, place, slot, this.#shared, this.#indexes)
    this.#idle.delete(place.dir)
    try {
      return await work(reader)
    } finally {
      await this.#keep(place.dir, reader)
    }
  }

  async close(): Promise<void> {
    const idle = [...this.#idle.values()]
    this.#idle.clear()
    await Promise.all(idle.map((reader) => reader.close()))
  }

  async #keep(name: string, reader: PartitionReader): Promise<void> {
    if (this.#idle.has(name)) return reader.close()
    this.#idle.set(name, reader)
    if (this.#idle.size <= IDLE_MAX) return
    const [oldest, unused] = this.#idle.entries().next().value!
    this.#idle.delete(oldest)
    await unused.close()
  }
}
