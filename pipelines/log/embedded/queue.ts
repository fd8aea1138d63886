import { LogError } from '../port.ts'

/** Bytes that all partitions of a thread may have waiting or under way. */
export class QueueBudget {
  #used = 0
  readonly #bytes_max: number

  constructor(bytes_max: number) {
    this.#bytes_max = bytes_max
  }

  /** @throws LogError log_slow. One batch alone is always let in, however large. */
  take(bytes: number): void {
    if (this.#used > 0 && this.#used + bytes > this.#bytes_max) {
      throw new LogError(
        'log_slow',
        `${this.#used} bytes wait to be written, at most ${this.#bytes_max} may: try later`,
      )
    }
    this.#used += bytes
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}

/** Frames taken from the queue together, and how to answer those who wait for them. */
export type Pending = {
  readonly frames: readonly Buffer[]
  resolve(offsetOf: (frame: Buffer) => number): void
  reject(error: Error): void
}

type Waiting = { readonly frame: Buffer; resolve(offset: number): void; reject(error: Error): void }

/** The appends of one partition that are not yet written, in the order of their calls. */
export class AppendQueue {
  readonly #budget: QueueBudget
  #waiting: Waiting[] = []
  #arrival = Promise.withResolvers<void>()

  constructor(budget: QueueBudget) {
    this.#budget = budget
  }

  get length(): number {
    return this.#waiting.length
  }

  push(frame: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#budget.take(frame.length)
      this.#waiting.push({ frame, resolve, reject })
      this.#arrival.resolve()
    })
  }

  /** Resolves when something is pushed after the last `take`. */
  arrival(): Promise<void> {
    return this.#arrival.promise
  }

  /** The first frames up to `bytes_max` together, at least one where there is one. */
  take(bytes_max: number): Pending {
    let bytes = 0
    let count = 0
    for (const { frame } of this.#waiting) {
      if (count > 0 && bytes + frame.length > bytes_max) break
      bytes += frame.length
      count += 1
    }
    const taken = this.#waiting.splice(0, count)
    this.#arrival = Promise.withResolvers()
    if (this.#waiting.length > 0) this.#arrival.resolve()
    return {
      frames: taken.map(({ frame }) => frame),
      resolve: (offsetOf) => {
        this.#budget.give(bytes)
        for (const { frame, resolve } of taken) resolve(offsetOf(frame))
      },
      reject: (error) => {
        this.#budget.give(bytes)
        for (const { reject } of taken) reject(error)
      },
    }
  }
}
