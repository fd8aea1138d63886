import { setTimeout as delay } from 'node:timers/promises'
import { getSystemErrorName } from 'node:util'

const REASON_WAIT_MS = 1_000

/**
 * Waits for an LMDB transaction and throws what the disk said when it failed, with Node's `code`.
 *
 * lmdb 3.5.6 rejects with 'Commit failed (see commitError for details)', where `commitError` is a promise that rejects
 * a moment later with a bare errno: not looking at it ends the process for an unhandled rejection. The same goes for
 * the promise of every single write within a batch, hence the list.
 */
export async function committed<T>(transaction: Promise<T>, writes: readonly Promise<unknown>[] = []): Promise<T> {
  try {
    const [result] = await Promise.all([transaction, ...writes])
    return result
  } catch (error) {
    throw await reasonOf(error)
  }
}

async function reasonOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error
  const late = delay(REASON_WAIT_MS, error, { ref: false })
  const reason = await Promise.race([Promise.resolve(error.commitError), late]).catch((cause: unknown) => cause)
  return named(reason)
}

function named(reason: unknown): unknown {
  const isErrno = reason instanceof Error && 'code' in reason && typeof reason.code === 'number' && reason.code > 0
  return isErrno
    ? Object.assign(new Error(reason.message, { cause: reason }), { code: getSystemErrorName(-Number(reason.code)) })
    : reason
}
