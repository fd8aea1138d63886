import { TOPICS } from '../../schemas/topics.ts'
import type { Clock } from '../clock.ts'
import { openFeed } from '../feed/feed.ts'
import type { Log } from '../log/port.ts'
import type { Registry } from './registry.ts'
import type { Webhook } from './webhook.ts'

/** The webhooks for those who serve partitions: they all hear of a change at once, and share what is read then. */
export type Directory = {
  /** Place on the topic of changes: what was told before it is in the store. */
  place(): Promise<number>
  /** All webhooks, at least as they were at that place. */
  list(place: number): Promise<readonly Webhook[]>
  /** Waits for a change behind a place. @returns the place behind it, or the same one when it is time to look anyway */
  changed(place: number, signal: AbortSignal): Promise<number>
}

export function webhookDirectory(log: Log, registry: Registry, steady: Clock): Directory {
  const topic = TOPICS.webhook_changes.name
  const feed = openFeed(log, topic, 0)
  let last: { readonly place: number; readonly at_ms: number; readonly all: Promise<readonly Webhook[]> } | undefined
  return {
    place: async () => (await log.bounds(topic))[0]!.end,
    list(place) {
      if (last === undefined || last.place !== place || steady() - last.at_ms > SHARED_MS)
        last = { place, at_ms: steady(), all: registry.list() }
      return last.all
    },
    async changed(place, signal) {
      const entries = await feed.read(place, RELOAD_MS, signal)
      return entries.length === 0 ? place : entries.at(-1)!.offset + 1
    },
  }
}

/** Longer than it takes all partitions to hear of a change, shorter than anybody waits. */
const SHARED_MS = 1_000
/** A change that was told to nobody, since the one who made it died, is noticed this much later. */
const RELOAD_MS = 600_000
