import { setTimeout as sleep } from 'node:timers/promises'
import type { WorldEvent } from '../../ingest/world/model.ts'
import { isBad, REQUEST_EVENTS } from './load.ts'
import type { Stack } from './stack/stack.ts'
import { type Content, contentKey, contentOf } from './truth/content.ts'

/** Sends events one request after the other, each again until it is answered, and remembers what was accepted. */
export type Sender = {
  /** Events answered so far. */
  answered(): number
  /** What was accepted, in the order of sending, by content: the same twice is once. */
  readonly sent: ReadonlyMap<string, Content>
  /** Resolves when so many are answered. */
  reached(events: number): Promise<void>
  /** Resolves when one more request is answered, or when it waits or is done. */
  next(): Promise<void>
  /** Lets it go on to this number; it waits there. */
  allow(events: number): void
  /** Resolves when all are answered. */
  readonly done: Promise<void>
}

export function startSender(stack: Stack, key: string, events: readonly WorldEvent[]): Sender {
  const sent = new Map<string, Content>()
  let answered = 0
  let allowed = 0
  let wake = Promise.withResolvers<void>()
  const changed = () => {
    wake.resolve()
    wake = Promise.withResolvers<void>()
  }

  async function run(): Promise<void> {
    for (let from = 0; from < events.length; from += REQUEST_EVENTS) {
      while (answered >= allowed) await wake.promise
      const batch = events.slice(from, from + REQUEST_EVENTS)
      check(batch, await sendUntilAnswered(stack, key, batch))
      for (const event of batch) {
        if (isBad(event)) continue
        const content = contentOf(event)
        const known = contentKey(content)
        if (!sent.has(known)) sent.set(known, content)
      }
      answered += batch.length
      changed()
      await sleep(PAUSE_MS)
    }
  }
  const done = run()
  // Whoever waits for it sees the failure.
  done.catch(() => undefined)

  return {
    answered: () => answered,
    sent,
    async reached(count) {
      while (answered < Math.min(count, events.length)) await Promise.race([wake.promise, done])
    },
    async next() {
      const before = answered
      while (answered === before && answered < Math.min(allowed, events.length))
        await Promise.race([wake.promise, done])
    },
    allow(count) {
      allowed = Math.max(allowed, count)
      changed()
    },
    done,
  }
}

/** Between two requests: some hundred events must last for some batches. */
const PAUSE_MS = 25

type Answer = {
  readonly accepted: number
  readonly duplicate: number
  readonly rejected: readonly { readonly index: number; readonly code: string }[]
}

/** The same ids again and again: what was taken without our learning of it is a duplicate then. */
async function sendUntilAnswered(stack: Stack, key: string, batch: readonly WorldEvent[]): Promise<Answer> {
  const body = JSON.stringify(batch)
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const deadline = performance.now() + ANSWER_MAX_MS
  let last = 'nobody was there'
  for (; performance.now() < deadline; await sleep(RETRY_MS)) {
    const url = stack.ingest.url()
    if (url === undefined) continue
    try {
      const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
      const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body, signal })
      const text = await response.text()
      // 422 where all of it is bad.
      if (response.status === 202 || response.status === 422) return JSON.parse(text) as Answer
      last = `${response.status} ${text}`
      if (![429, 503].includes(response.status)) throw new RefusedError(last)
    } catch (error) {
      if (error instanceof RefusedError) throw error
      // Cut off, refused or too late: it may have been taken or not.
      last = String(error)
    }
  }
  throw new Error(`a request was not answered within ${ANSWER_MAX_MS} ms: ${last}`)
}

class RefusedError extends Error {}

const RETRY_MS = 50
const REQUEST_TIMEOUT_MS = 10_000
const ANSWER_MAX_MS = 120_000

/** @throws Error when the collector took what is bad, or refused what is good */
function check(batch: readonly WorldEvent[], { accepted, duplicate, rejected }: Answer): void {
  const bad = batch.flatMap((event, index) => (isBad(event) ? [index] : []))
  const refused = rejected.map(({ index }) => index)
  if (refused.join() === bad.join() && accepted + duplicate === batch.length - bad.length) return
  throw new Error(
    `${batch.length} events with bad ones at [${bad}]: ${JSON.stringify({ accepted, duplicate, rejected })}`,
  )
}
