import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
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
      const source = reader(path)
      // Without a writer a reader would see the end at once, and without a reader the engine's open() would wait for
      // one for ever: this descriptor is both until the query has ended.
      const hold_fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
      let drain: Socket | null = null
      let ended = false
      source.once('close', () => {
        // The reader is gone before the query: somebody must take the bytes, or the engine waits in write(), where no
        // KILL reaches it.
        if (!ended) drain = reader(path).resume()
      })
      return {
        path,
        source,
        finish: () => {
          ended = true
          closeSync(hold_fd)
        },
        release: async () => {
          await Promise.all([closed(source), drain === null ? null : closed(drain)])
          // A pipe forgets its bytes when nobody has it open, so the next query finds it empty.
          free.push(path)
        },
      }
    },
  }
}

function reader(path: string): Socket {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return new Socket({ fd, readable: true, writable: false })
}

async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return
  const close = once(socket, 'close')
  socket.destroy()
  await close
}

export type Pipes = { open(): ResultPipe }

export type ResultPipe = {
  readonly path: string
  readonly source: Socket
  /** Call when the query has ended: the reader gets what is left, then the end. */
  finish(): void
  /** Call last, after `finish`; resolves when the pipe may be used again. */
  release(): Promise<void>
}
