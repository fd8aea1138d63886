import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'

/**
 * Named pipes through which the engine streams results: a query ends in `INTO OUTFILE 'pipe'`, so it runs on a worker
 * thread, writes one well-formed document in any format, and waits while the reader is slow. The binding's own
 * streaming calls analyse the query on the main thread and give each chunk as a document of its own.
 *
 * @param directory  where the pipes are made
 * @param count      how many may be open at once; `open` beyond it is our own mistake and throws
 */
export function createPipes(directory: string, count: number): Pipes {
  const free = Array.from({ length: count }, (_, n) => join(directory, `out-${n}`))
  // Node has no mkfifo; this is the one process that the child starts.
  execFileSync('mkfifo', ['-m', '600', ...free], { stdio: ['ignore', 'ignore', 'pipe'] })
  return {
    open() {
      const path = free.pop()
      if (path === undefined) throw new Error('no free result pipe')
      const read_fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
      // Without a writer a reader sees the end at once; this one stays until the query has ended.
      const write_fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
      const source = new Socket({ fd: read_fd, readable: true, writable: false })
      return {
        path,
        source,
        finish: () => closeSync(write_fd),
        // A pipe forgets its bytes when nobody has it open, so the next query finds it empty.
        release: () => {
          if (source.closed) free.push(path)
          else source.once('close', () => free.push(path)).destroy()
        },
      }
    },
  }
}

export type Pipes = { open(): ResultPipe }

export type ResultPipe = {
  readonly path: string
  readonly source: Socket
  /** Call when the query has ended: the reader gets what is left, then the end. */
  finish(): void
  /** Call last, after `finish`. */
  release(): void
}
