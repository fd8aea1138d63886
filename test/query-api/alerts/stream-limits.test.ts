import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { steadyClock } from '../../../pipelines/clock.ts'
import type { Entry, Feed } from '../../../pipelines/feed/feed.ts'
import { STREAM_LIMITS, type StreamParts, streamAlerts } from '../../../query-api/alerts/stream.ts'
import { ApiError } from '../../../query-api/problem.ts'

const never: Feed = {
  read: (_offset, wait_ms) => new Promise((resolve) => setTimeout(() => resolve([]), wait_ms)),
}
const entry = (offset: number, key = 'acme'): Entry => ({ offset, at_ms: 0, key, value: 'x'.repeat(1_000) })

function open(over: Partial<StreamParts>, out = new PassThrough()) {
  const stop = new AbortController()
  const parts = { feed: never, partition: 2, tenant: 'acme', offset: 0, lost: 0, steady: steadyClock }
  const limits = { heartbeat_ms: 20, recheck_ms: 1e6, drain_ms: 60 }
  const running = streamAlerts({ ...parts, recheck: async () => undefined, limits, ...over }, out, stop.signal)
  const text = () => out.read()?.toString() ?? ''
  return { out, running, stop, text }
}

describe('a stream', () => {
  it('shows that it lives at least every 15 seconds', () => {
    expect(STREAM_LIMITS.heartbeat_ms).toBeLessThanOrEqual(15_000)
  })

  it('beats while nothing happens, and moves the place on past what belongs to others', async () => {
    let asked = 0
    const feed: Feed = { read: async (...args) => (asked++ === 0 ? [entry(7, 'other')] : never.read(...args)) }
    const { running, stop, text } = open({ feed, offset: 7 })
    let sent = ''
    await expect
      .poll(() => {
        sent += text()
        return sent.match(/: still here/g)?.length ?? 0
      })
      .toBeGreaterThan(1)
    stop.abort()
    await running
    expect(sent).toContain('id: omnify.alerts-2-7\n: still here')
    expect(sent).not.toContain('data:')
  })

  it('cuts a client off that does not read, holding no more than a page for it', async () => {
    let offset = 0
    const feed: Feed = { read: async () => Array.from({ length: 100 }, () => entry(offset++)) }
    const { out, running, text } = open({ feed })
    await running
    expect(offset).toBe(100)
    expect(out.writableEnded).toBe(true)
    expect(text()).toMatch(/: too slow: come back with Last-Event-ID\n\n$/)
  })

  it('says how much is lost where the log no longer has it', async () => {
    const { running, stop, text } = open({ lost: 12 })
    stop.abort()
    await running
    expect(text()).toContain('event: gap\ndata: {"records":12}\n\n')
  })

  it('ends when its key is no longer good', async () => {
    const recheck = () => Promise.reject(new ApiError('unauthorized', 'no such key'))
    const { running, text } = open({ recheck, limits: { heartbeat_ms: 10, recheck_ms: 30, drain_ms: 10 } })
    await running
    expect(text()).toMatch(/: ended: no such key\n\n$/)
  })

  it('hides a mistake of ours from the client, but not from us', async () => {
    const feed: Feed = { read: () => Promise.reject(new TypeError('x is undefined')) }
    const { running, text } = open({ feed })
    await expect(running).rejects.toThrow('x is undefined')
    expect(text()).not.toContain('undefined')
  })
})
