import { describe, expect, it } from 'vitest'
import { heldOffset, offsetSince, openFeed } from '../../../pipelines/feed/feed.ts'
import type { Log } from '../../../pipelines/log/port.ts'
import { openMemoryLog } from '../../support/memory-log.ts'

const never = new AbortController().signal

/** A log that counts who reads it. */
async function rig() {
  let now_ms = 1_000
  const memory = openMemoryLog({ clock: () => now_ms })
  await memory.ensureTopics([{ name: 't', partitions: 1, retention_ms: 1, retention_bytes: 1 }])
  let reads = 0
  const log: Log = {
    ...memory,
    read: (...args) => {
      reads++
      return memory.read(...args)
    },
  }
  const add = async (...values: string[]) => {
    for (const value of values) await memory.append('t', 0, [{ key: null, value: Buffer.from(value) }])
  }
  return {
    ...{ log, memory, add, feed: openFeed(log, 't', 0), reads: () => reads },
    later: (ms: number) => {
      now_ms += ms
    },
  }
}

describe('a feed', () => {
  it('gives everybody what they have not had, from the log or as it comes', async () => {
    const { add, feed } = await rig()
    await add('a', 'b')
    expect((await feed.read(0, 0, never)).map(({ value }) => value)).toEqual(['a', 'b'])
    const waiting = [feed.read(2, 10_000, never), feed.read(2, 10_000, never)]
    await add('c')
    for (const entries of await Promise.all(waiting)) expect(entries).toMatchObject([{ offset: 2, value: 'c' }])
    const behind = await feed.read(1, 0, never)
    expect(behind.map(({ offset }) => offset)).toEqual([1, 2])
  })

  it('lets any number wait by one read of the log, and loses none of a hundred records', async () => {
    const { add, feed, reads } = await rig()
    const follow = async () => {
      const seen: string[] = []
      for (let next = 0; next < 100; ) {
        const entries = await feed.read(next, 10_000, never)
        seen.push(...entries.map(({ value }) => value))
        next = entries.at(-1)!.offset + 1
      }
      return seen
    }
    const followers = Array.from({ length: 20 }, follow)
    await feed.read(0, 5, never)
    const values = Array.from({ length: 100 }, (_, n) => String(n))
    await add(...values)
    for (const seen of await Promise.all(followers)) expect(seen).toEqual(values)
    // Each alone would have read a hundred times.
    expect(reads()).toBeLessThan(20 * 100)
  })

  it('waits no longer than asked, and not at all once it is stopped', async () => {
    const { feed } = await rig()
    expect(await feed.read(0, 20, never)).toEqual([])
    const stop = new AbortController()
    const waiting = feed.read(0, 60_000, stop.signal)
    stop.abort()
    expect(await waiting).toEqual([])
    expect(await feed.read(0, 60_000, AbortSignal.abort())).toEqual([])
  })

  it('tells everybody who waits when the log fails', async () => {
    const { feed, memory } = await rig()
    await memory.close()
    await expect(feed.read(0, 60_000, never)).rejects.toMatchObject({ code: 'log_closed' })
  })

  it('finds the first record since a time', async () => {
    const { add, later, log } = await rig()
    for (let n = 0; n < 20; n++) {
      await add(String(n))
      later(1_000)
    }
    for (const [since, offset] of [
      ...([
        [0, 0],
        [1_000, 0],
        [1_001, 1],
        [10_500, 10],
        [20_000, 19],
        [20_001, 20],
      ] as const),
    ])
      expect(await offsetSince(log, 't', 0, since)).toBe(offset)
    expect(await heldOffset(log, 't', 0, 99)).toBe(20)
    expect(await heldOffset(log, 't', 0, -1)).toBe(0)
  })
})
