import type { Clock } from '../../clock.ts'
import type { LogFs } from './fs.ts'

const FRESH_MS = 1_000

/** How full the log's disk is, asked at most once a second. */
export class DiskGauge {
  readonly #fs: LogFs
  readonly #dir: string
  readonly #clock: Clock
  #ratio = 1
  #asked_ms = Number.NEGATIVE_INFINITY
  #asking: Promise<number> | undefined

  constructor(fs: LogFs, dir: string, clock: Clock) {
    this.#fs = fs
    this.#dir = dir
    this.#clock = clock
  }

  /** Share of the disk that is free, 0 to 1, at most a second old. */
  fresh(): Promise<number> {
    // A clock that was set back must not make the answer good for an hour.
    if (Math.abs(this.#clock() - this.#asked_ms) < FRESH_MS) return Promise.resolve(this.#ratio)
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /**
   * The last answer, without waiting: appends keep their order. A stale one is asked for again behind the caller's
   * back; where that fails, the write itself will say what is wrong with the disk.
   */
  latest(): number {
    this.fresh().catch(() => {})
    return this.#ratio
  }

  async #ask(): Promise<number> {
    this.#ratio = await this.#fs.freeRatio(this.#dir)
    this.#asked_ms = this.#clock()
    return this.#ratio
  }
}
