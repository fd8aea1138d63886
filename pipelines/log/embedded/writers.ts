import type { Clock } from '../../clock.ts'
import type { LogError } from '../port.ts'
import type { LogFs } from './fs.ts'
import type { Meta, Topic } from './meta.ts'
import { AppendQueue, QueueBudget } from './queue.ts'
import { partitionPlace } from './segment.ts'
import type { SharedTable } from './shared.ts'
import { PartitionWriter, type WriterOptions } from './writer.ts'

export type WritersParts = {
  readonly fs: LogFs
  readonly dir: string
  readonly meta: Meta
  readonly shared: SharedTable
  readonly clock: Clock
  readonly limits: WriterOptions & { readonly queue_bytes_max: number }
  /** Whether this thread writes a topic. */
  writes(topic: string): boolean
}

/** The partitions that this thread writes, each opened at its first append. */
export class Writers {
  readonly #parts: WritersParts
  readonly #budget: QueueBudget
  readonly #open = new Map<number, PartitionWriter>()
  #failure: LogError | undefined
  readonly #failed = Promise.withResolvers<LogError>()

  constructor(parts: WritersParts) {
    this.#parts = parts
    this.#budget = new QueueBudget(parts.limits.queue_bytes_max)
  }

  /** Why this thread's writing ended, if it did. */
  get failure(): LogError | undefined {
    return this.#failure
  }

  /** Resolves with that failure, when there is one. */
  get failed(): Promise<LogError> {
    return this.#failed.promise
  }

  /** @throws Error when the topic is not this thread's to write: our own mistake */
  of(name: string, topic: Topic, partition: number): PartitionWriter {
    const slot = topic.slot + partition
    const open = this.#open.get(slot)
    if (open !== undefined) return open
    const { meta, shared, dir, limits, writes } = this.#parts
    if (!writes(name)) throw new Error(`topic ${name} is not among those this thread writes`)
    if (!shared.takeWriter(slot)) throw new Error(`topic ${name} is written by another thread of this process`)
    const place = partitionPlace(dir, name, partition)
    const deps = { ...this.#parts, options: limits, fail: (error: LogError) => this.#fail(error) }
    const writer = new PartitionWriter(deps, place, slot, meta.tail(name, partition), new AppendQueue(this.#budget))
    this.#open.set(slot, writer)
    return writer
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((writer) => writer.close()))
  }

  #fail(error: LogError): void {
    this.#failure ??= error
    this.#failed.resolve(error)
    this.#parts.shared.setState('failed')
  }
}
