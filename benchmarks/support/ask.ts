import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from '../benchmark.ts'
import type { RunningEngine } from './engine-process.ts'
import { openClient } from './http.ts'
import { questionOf } from './questions.ts'

export type Answered = { readonly kind: string; readonly took_ms: number; readonly rows: number }

export type Asking = {
  readonly seconds: number
  readonly questions_per_s: number
  readonly clients: number
  /** Number of the first question. */
  readonly first: number
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Open loop: each client asks when it is its turn, whether or not its last question was answered, and the time counts
 * from then.
 *
 * @returns what was answered, and how many questions were sent away because the engine was late with its work
 * @throws Error naming the first question that was answered with anything else
 */
export async function ask(
  bench: Bench,
  engine: RunningEngine,
  asking: Asking,
): Promise<{ answers: Answered[]; questions_shed: number }> {
  const { first, headers, questions_per_s, seconds } = asking
  const clients = Array.from({ length: asking.clients }, () => openClient(engine.url, engine.key, headers))
  const answers: Answered[] = []
  const begun = performance.now()
  const under_way: Promise<void>[] = []
  let failure: unknown
  let questions_shed = 0
  const one = async (n: number, due: number) => {
    const { kind, path } = questionOf(first + n)
    try {
      const { status, text } = await clients[n % clients.length]!.get(path)
      if (status === 503 && text.includes('"overloaded"')) questions_shed++
      else if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text.slice(0, 300)}`)
      else {
        const { rows } = JSON.parse(text) as { rows: unknown[] }
        answers.push({ kind, took_ms: performance.now() - due, rows: rows.length })
      }
    } catch (error) {
      failure ??= error
    }
  }
  try {
    for (let n = 0; n < seconds * questions_per_s; n++) {
      const due = begun + (n * 1000) / questions_per_s
      await sleep(Math.max(0, due - performance.now()), undefined, { signal: bench.signal })
      if (failure !== undefined) break
      under_way.push(one(n, due))
    }
    await Promise.all(under_way)
    if (failure !== undefined) throw failure
  } finally {
    for (const client of clients) client.close()
  }
  return { answers, questions_shed }
}
