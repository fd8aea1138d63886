import type { Writable } from 'node:stream'
import type { Clock } from '../../pipelines/clock.ts'
import type { Feed } from '../../pipelines/feed/feed.ts'
import { LogError } from '../../pipelines/log/port.ts'
import { StoreError } from '../../pipelines/store/errors.ts'
import { ApiError } from '../problem.ts'
import { eventId } from './place.ts'

export type StreamParts = {
  readonly feed: Feed
  readonly partition: number
  readonly tenant: string
  /** The first record to send. */
  readonly offset: number
  /** Records before it that the client wanted and the log no longer has. */
  readonly lost: number
  readonly steady: Clock
  /** Rejects when the asker may listen no longer: its key was revoked, its token is over. */
  readonly recheck: () => Promise<unknown>
  readonly limits?: StreamLimits
}

export type StreamLimits = {
  readonly heartbeat_ms: number
  readonly recheck_ms: number
  /** How long a client may take to read what was sent. */
  readonly drain_ms: number
}

export const STREAM_LIMITS: StreamLimits = { heartbeat_ms: 10_000, recheck_ms: 60_000, drain_ms: 20_000 }

/**
 * Writes a tenant's alerts as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) until
 * the signal fires, then ends the stream. What was not read yet is at most one page of the log and the socket's own
 * buffer: only when all of it has gone is more read. A client that takes too long is told so and cut off; it loses
 * nothing, since it comes back with the id of the last event that it has.
 *
 * @param signal  fires when the client has gone or the engine stops
 */
export async function streamAlerts(parts: StreamParts, out: Writable, signal: AbortSignal): Promise<void> {
  const { feed, partition, recheck, steady, tenant, limits = STREAM_LIMITS } = parts
  let { offset } = parts
  let written_ms = steady()
  let checked_ms = steady()

  /** @returns false when the client is too slow */
  async function write(text: string): Promise<boolean> {
    written_ms = steady()
    return out.write(text) || signal.aborted || drained(out, limits.drain_ms, signal)
  }

  let goodbye = 'the engine is stopping: come back with Last-Event-ID'
  try {
    await write(`retry: ${RETRY_MS}\n: alerts of ${tenant}\n\n`)
    if (parts.lost > 0) await write(`event: gap\ndata: {"records":${parts.lost}}\n\n`)
    while (!signal.aborted) {
      const wait_ms = Math.max(0, written_ms + limits.heartbeat_ms - steady())
      const entries = await feed.read(offset, wait_ms, signal)
      if (steady() - checked_ms >= limits.recheck_ms) {
        await recheck()
        checked_ms = steady()
      }
      const frames = entries.filter(({ key }) => key === tenant).map((entry) => frameOf(partition, entry))
      offset = entries.length === 0 ? offset : entries.at(-1)!.offset + 1
      if (frames.length === 0 && steady() - written_ms >= limits.heartbeat_ms) frames.push(beat(partition, offset))
      if (frames.length === 0 || (await write(frames.join('')))) continue
      goodbye = 'too slow: come back with Last-Event-ID'
      break
    }
  } catch (error) {
    const known = error instanceof ApiError || error instanceof LogError || error instanceof StoreError
    goodbye = known ? `ended: ${error.message.replaceAll(/\s+/g, ' ')}` : 'ended: our own mistake'
    if (!known) throw error
  } finally {
    out.end(`: ${goodbye}\n\n`)
  }
}

/** Canonical JSON has no line break, so it is one line of data. */
function frameOf(partition: number, { offset, value }: { offset: number; value: string }): string {
  return `id: ${eventId(partition, offset)}\nevent: alert\ndata: ${value}\n\n`
}

/** With the id of what was looked at and belongs to others: the next attempt need not look at it again. */
function beat(partition: number, offset: number): string {
  return `${offset === 0 ? '' : `id: ${eventId(partition, offset - 1)}\n`}: still here\n\n`
}

function drained(out: Writable, wait_ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (answer: boolean) => () => {
      clearTimeout(timer)
      out.removeListener('drain', fine)
      signal.removeEventListener('abort', fine)
      resolve(answer)
    }
    const fine = end(true)
    const timer = setTimeout(end(false), wait_ms)
    out.on('drain', fine)
    signal.addEventListener('abort', fine)
  })
}

/** How long a client waits before it comes back. */
const RETRY_MS = 2_000
