import type { Acceptor } from '../../ingest/accept.ts'
import { systemClock } from '../../pipelines/clock.ts'
import { type Log, LogError } from '../../pipelines/log/port.ts'
import type { Tenant } from '../../pipelines/tenants/port.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { DAY_MS } from '../../schemas/zone.ts'
import type { Bench } from '../benchmark.ts'
import { liveEvent } from '../support/live-event.ts'

/**
 * Puts the stream on the log through the collector's door: one event every 80 ms of its own time, from the day before
 * yesterday on, so that windows of every length are written.
 */
export async function fillLog(bench: Bench, log: Log, door: Acceptor, tenant: Tenant, events: number): Promise<Filled> {
  const start_ms = Math.floor(systemClock() / DAY_MS - 2) * DAY_MS
  let json_bytes = 0
  let under_way: Promise<void> = Promise.resolve()
  for (let first = 0; first < events; first += BATCH) {
    bench.signal.throwIfAborted()
    const count = Math.min(BATCH, events - first)
    const texts = Array.from({ length: count }, (_, i) =>
      liveEvent('steady', first + i, start_ms + (first + i) * GAP_MS),
    )
    for (const text of texts) json_bytes += text.length
    const batch = texts.map((text) => JSON.parse(text) as unknown)
    await under_way
    under_way = accept(door, tenant, batch)
  }
  await under_way
  const ends = (await log.bounds(TOPICS.events.name)).map(({ end }) => end)
  return { events, bytes_per_event: Math.round(json_bytes / events), ends }
}

export type Filled = {
  readonly events: number
  /** As they were sent. */
  readonly bytes_per_event: number
  /** Of the log's partitions. */
  readonly ends: readonly number[]
}

async function accept(door: Acceptor, tenant: Tenant, batch: readonly unknown[]): Promise<void> {
  for (;;) {
    try {
      const other = (await door.accept(tenant, batch)).find((verdict) => verdict !== 'accepted')
      if (other !== undefined) throw new Error(`an event was not accepted: ${JSON.stringify(other)}`)
      return
    } catch (error) {
      if (!(error instanceof LogError && error.code === 'log_slow')) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

const BATCH = 2_000
const GAP_MS = 80
