import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../pipelines/clock.ts'
import { openClient } from './http.ts'
import { liveEvent } from './live-event.ts'
import type { LoadCounts, LoadOptions } from './load.ts'

/** The thread of `load.ts`. */
const { events_a_request, events_per_s, key, stream, url } = workerData as LoadOptions
const client = openClient(url, key)
const accept_ms: number[] = []
const refused: Record<string, number> = {}
let accepted = 0
let stopped = false
parentPort!.once('message', () => {
  stopped = true
})

const begun = performance.now()
const gap_ms = (1000 * events_a_request) / events_per_s
const under_way = new Set<Promise<void>>()
for (let n = 0; !stopped; n++) {
  const due = begun + n * gap_ms
  const early_ms = due - performance.now()
  if (early_ms > 1) await sleep(early_ms)
  const sending = send(n, due).finally(() => under_way.delete(sending))
  under_way.add(sending)
}
const seconds = (performance.now() - begun) / 1000
await Promise.all(under_way)
client.close()
parentPort!.postMessage({ accepted, refused, accept_ms, seconds } satisfies LoadCounts)

async function send(n: number, due: number): Promise<void> {
  const events: string[] = []
  const now_ms = systemClock()
  for (let i = 0; i < events_a_request; i++) events.push(liveEvent(stream, n * events_a_request + i, now_ms))
  try {
    const { status, text } = await client.post('/v1/events', `[${events.join(',')}]`)
    accept_ms.push(performance.now() - due)
    if (status !== 202) return refuse(String(status))
    const answer = JSON.parse(text) as { accepted: number; rejected: readonly unknown[] }
    accepted += answer.accepted
    if (answer.rejected.length > 0) refused.rejected = (refused.rejected ?? 0) + answer.rejected.length
  } catch (error) {
    refuse((error as NodeJS.ErrnoException).code ?? String(error))
  }
}

function refuse(reason: string): void {
  refused[reason] = (refused[reason] ?? 0) + events_a_request
}
