import type { Engine } from './engine.ts'

/**
 * Gives memory that the engine has freed back to the system, time and again. Its allocator (jemalloc) keeps what an
 * arena has freed until that arena is used again: over hours the process grew by a tenth, a third of it in use by nobody.
 * One round takes about 10 ms.
 *
 * @param onRefused  told once, when this build of the engine cannot do it; nothing is tried again then
 */
export function giveBack(engine: Engine, every_ms: number, onRefused: (error: unknown) => void): GivingBack {
  const connection = engine.connect()
  let under_way: Promise<unknown> | undefined
  const timer = setInterval(() => {
    under_way ??= connection
      .query('SYSTEM JEMALLOC PURGE', 'Null')
      .catch((error: unknown) => {
        clearInterval(timer)
        onRefused(error)
      })
      .finally(() => {
        under_way = undefined
      })
  }, every_ms)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      // Closing a connection while its statement runs aborts the engine.
      await under_way
      connection.close()
    },
  }
}

export type GivingBack = {
  /** Resolves when nothing runs any more; the engine may be closed then. */
  stop(): Promise<void>
}
