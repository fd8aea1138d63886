import { CODES, EngineError } from './errors.ts'

/**
 * At most `running_max` tasks at a time, at most `waiting_max` behind them, first come first served.
 *
 * @throws EngineError 202 when the queue is full, 394 when `signal` aborts a task that still waits
 */
export function createAdmission(running_max: number, waiting_max: number): Admission {
  const waiting: (() => void)[] = []
  let running = 0

  function release(): void {
    running--
    waiting.shift()?.()
  }

  async function enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw left()
    if (running < running_max) {
      running++
      return
    }
    if (waiting.length >= waiting_max) {
      throw new EngineError(
        CODES.TOO_MANY_SIMULTANEOUS_QUERIES,
        `Too many simultaneous queries. Maximum: ${running_max} running, ${waiting_max} waiting`,
      )
    }
    await new Promise<void>((resolve, reject) => {
      const start = (): void => {
        signal.removeEventListener('abort', leave)
        running++
        resolve()
      }
      const leave = (): void => {
        waiting.splice(waiting.indexOf(start), 1)
        reject(left())
      }
      waiting.push(start)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  return {
    async run(signal, task) {
      await enter(signal)
      try {
        return await task()
      } finally {
        release()
      }
    },
    load: () => ({ running, waiting: waiting.length }),
  }
}

function left(): EngineError {
  return new EngineError(CODES.QUERY_WAS_CANCELLED, 'Query was cancelled while it waited for a place')
}

export type Admission = {
  run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T>
  load(): { readonly running: number; readonly waiting: number }
}
