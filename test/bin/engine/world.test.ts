import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { openWorldFeed } from '../../../bin/engine/world.ts'
import type { Acceptor } from '../../../ingest/accept.ts'
import { systemClock } from '../../../pipelines/clock.ts'
import { DEMO } from '../../../pipelines/tenants/open.ts'

const taking: Acceptor = {
  accept: async (_tenant, events) => ('bytes' in events ? events.starts : events).map(() => 'accepted' as const),
}
const logger = { info() {}, warn() {}, error() {} }

it('keeps injections that come while it saves its own progress', async () => {
  const home = await mkdtemp(join(tmpdir(), 'omnify-feed-'))
  try {
    const feed = await openWorldFeed(home, 7, DEMO, taking, systemClock, logger)
    const stop = new AbortController()
    const live = feed.live(stop.signal)
    const raw = { kind: 'tracking_break', scope: { platform: 'tiktok' }, size: 0.5, hours: 6 }
    for (let round = 0; round < 10; round++) {
      // All save at once, and live time among them.
      const results = await Promise.all([feed.inject(raw), feed.inject(raw), feed.inject(raw), sleep(60)])
      expect(results.slice(0, 3).map((result) => (result as { ok?: boolean } | undefined)?.ok)).toEqual([
        true,
        true,
        true,
      ])
    }
    stop.abort()
    await live
    expect(JSON.parse(await readFile(join(home, 'world-progress.json'), 'utf8')).injections).toHaveLength(30)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})
