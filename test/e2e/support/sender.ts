import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { RunningEngine } from '../../support/running-engine.ts'
import { order } from './events.ts'

const BATCH = 50
/** Between two batches: as fast as it goes would be a benchmark, and most of what the tests of faults cost. */
const PAUSE_MS = 10

/** A shop that sends orders all the time, batch after batch, and remembers what it was told about each. */
export type Sender = {
  /** Orders that the engine said it has. */
  acknowledged(): number
  /** Orders that were sent and never answered: they may be there or not. */
  inDoubt(): number
  /** Resolves when so many more orders have been acknowledged. */
  progress(orders: number): Promise<void>
  /** Sends on to this engine, from now on: what is in doubt first. */
  turnTo(engine: RunningEngine): void
  /** Stops when everything sent has been acknowledged. */
  finish(): Promise<void>
  /** Holds the engine's figures against what was sent: each order once, and to the cent. */
  check(engine: RunningEngine): Promise<void>
}

export function startSender(first: RunningEngine, prefix: string): Sender {
  let engine: RunningEngine | undefined = first
  let next = 0
  let acknowledged = 0
  let sent = 0
  let finishing = false
  let broken: unknown

  const orders = (from: number) =>
    Array.from({ length: BATCH }, (_, n) => order(`${prefix}-${from + n}`, { total: cents(from + n) }))

  async function run(): Promise<void> {
    while (!(finishing && acknowledged === sent)) {
      const to = engine
      if (to === undefined) {
        await sleep(20)
        continue
      }
      sent = Math.max(sent, next + BATCH)
      const answer = await to.post(orders(next)).catch(() => undefined)
      if (answer === undefined) {
        // No answer: whoever is there now is asked again with the same.
        if (engine === to) await sleep(50)
        continue
      }
      if (answer.status === 429 || answer.status === 503) {
        await sleep(100)
        continue
      }
      if (answer.status !== 202) throw new Error(`${answer.status} ${answer.body}`)
      const { accepted, duplicate, rejected } = answer.json()
      if (accepted + duplicate !== BATCH) throw new Error(JSON.stringify(rejected))
      acknowledged += BATCH
      next += BATCH
      await sleep(PAUSE_MS)
    }
  }
  const running = run().catch((error: unknown) => {
    broken = error
  })
  const until = async (isDone: () => boolean) => {
    const deadline = performance.now() + 120_000
    while (!isDone()) {
      if (broken !== undefined) throw broken
      if (performance.now() > deadline) throw new Error(`the sender waits: ${acknowledged} of ${sent}`)
      await sleep(10)
    }
  }

  return {
    acknowledged: () => acknowledged,
    inDoubt: () => sent - acknowledged,
    progress(more) {
      const goal = acknowledged + more
      return until(() => acknowledged >= goal)
    },
    turnTo(other) {
      engine = other
    },
    async finish() {
      finishing = true
      await running
      if (broken !== undefined) throw broken
    },
    async check(at) {
      await at.caughtUp()
      const total = (sent * (sent + 1)) / 2
      expect(acknowledged).toBe(sent)
      expect(await at.metrics({ measures: ['orders', 'revenue'] }), at.err()).toEqual([
        { orders: sent, revenue: (total / 100).toFixed(2), currency: 'USD' },
      ])
    },
  }
}

/** Each order has another amount, so that one lost and another doubled cannot make up for each other. */
function cents(n: number): string {
  return ((n + 1) / 100).toFixed(2)
}
