import type { Readable } from 'node:stream'

/** An answer as it goes out: to a socket, into a cache, or into the parts of a job's result. */
export type Produced = {
  readonly type: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | Iterable<string> | Readable
  /** Undefined where they were not counted on the way. */
  readonly rows?: number
}
