import { describe, expect, it } from 'vitest'
import type { Claim, Consumer, PollOptions } from '../../../pipelines/log/port.ts'
import { gather, topUp } from '../../../pipelines/runner/batch.ts'

const claim: Claim = { topic: 't', partition: 0, generation: 1 }

/** A log that hands over one list after the other, `after_ms` each; `idle` where nothing came. */
function consumerOf(arrivals: readonly { after_ms: number; offsets: readonly number[] }[]) {
  const clock = { now: 1_000 }
  const waiting = [...arrivals]
  const polls: PollOptions[] = []
  const state = { position: 0 }
  const consumer: Pick<Consumer, 'fill' | 'seek'> = {
    async fill(_claim, options, batch) {
      polls.push(options)
      const next = waiting[0]
      if (next === undefined || next.after_ms > options.wait_ms) {
        if (next !== undefined) waiting[0] = { ...next, after_ms: next.after_ms - options.wait_ms }
        clock.now += options.wait_ms
        return 0
      }
      clock.now += next.after_ms
      const taken = next.offsets.slice(0, options.records_max)
      const rest = next.offsets.slice(options.records_max)
      if (rest.length === 0) waiting.shift()
      else waiting[0] = { after_ms: 0, offsets: rest }
      state.position = taken.at(-1)! + 1
      for (const offset of taken) batch.push({ offset, timestamp_ms: 0, key: null, value: Buffer.alloc(10) })
      return taken.length
    },
    seek: (_claim, offset) => {
      state.position = offset
    },
  }
  const take = async (limits: Partial<Parameters<typeof gather>[2]>, idle_ms = 100) => {
    const all = { rows_max: 10, bytes_max: 1_000, linger_ms: 50, bulk_rows: 8, bulk_linger_ms: 200, ...limits }
    const records = await gather(consumer as Consumer, claim, all, idle_ms, () => clock.now)
    return Array.from({ length: records.length }, (_, n) => records.offsetOf(n))
  }
  /** Gathers, then adds what is there already. */
  const takeMore = async (ahead: number, rows_max: number, bytes_max: number) => {
    const limits = { rows_max: ahead, bytes_max, linger_ms: 50, bulk_rows: 8, bulk_linger_ms: 200 }
    const records = await gather(consumer as Consumer, claim, limits, 100, () => clock.now)
    await topUp(consumer as Consumer, claim, { rows_max, bytes_max }, records)
    return Array.from({ length: records.length }, (_, n) => records.offsetOf(n))
  }
  return { take, takeMore, clock, polls, state }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe('cutting a batch', () => {
  it('ends at the number of rows and leaves the rest', async () => {
    const { take } = consumerOf([{ after_ms: 0, offsets: range(0, 25) }])
    expect(await take({})).toEqual(range(0, 10))
    expect(await take({})).toEqual(range(10, 20))
    expect(await take({})).toEqual(range(20, 25))
  })

  it('ends at the bytes', async () => {
    const { take, polls } = consumerOf([
      { after_ms: 0, offsets: range(0, 4) },
      { after_ms: 0, offsets: range(4, 8) },
    ])
    expect(await take({ bytes_max: 60 })).toEqual(range(0, 8))
    expect(polls.map(({ bytes_max }) => bytes_max)).toEqual([60, 20])
  })

  it('waits for more no longer than its first record may', async () => {
    const { take, clock } = consumerOf([
      { after_ms: 80, offsets: [0] },
      { after_ms: 30, offsets: [1] },
      { after_ms: 30, offsets: [2] },
    ])
    expect(await take({})).toEqual([0, 1])
    expect(clock.now).toBe(1_000 + 80 + 50)
    expect(await take({})).toEqual([2])
  })

  it('waits longer once it has as much as only a bulk load brings', async () => {
    const { take, clock } = consumerOf([
      { after_ms: 0, offsets: range(0, 7) },
      { after_ms: 40, offsets: [7] },
      { after_ms: 40, offsets: [8] },
      { after_ms: 40, offsets: [9] },
      { after_ms: 40, offsets: [10] },
      { after_ms: 41, offsets: [11] },
    ])
    expect(await take({ rows_max: 20 })).toEqual(range(0, 11))
    expect(clock.now).toBe(1_000 + 200)
  })

  it('waits no longer than usual for more of a bulk load that has ended', async () => {
    const { take, clock } = consumerOf([
      { after_ms: 0, offsets: range(0, 8) },
      { after_ms: 30, offsets: [8] },
      { after_ms: 51, offsets: [9] },
    ])
    expect(await take({})).toEqual(range(0, 9))
    expect(clock.now).toBe(1_000 + 30 + 50)
  })

  it('is empty when nothing comes', async () => {
    const { take, clock } = consumerOf([])
    expect(await take({})).toEqual([])
    expect(clock.now).toBe(1_100)
  })

  it('does not take what belongs behind an intent, also where offsets are missing', async () => {
    const { take, state } = consumerOf([{ after_ms: 0, offsets: [0, 1, 2, 7, 8] }])
    expect(await take({ end: 5 })).toEqual([0, 1, 2])
    expect(state.position).toBe(7)
  })

  it('does not wait once it has all of an intent', async () => {
    const { take, clock } = consumerOf([{ after_ms: 0, offsets: range(0, 5) }])
    expect(await take({ end: 5 })).toEqual(range(0, 5))
    expect(clock.now).toBe(1_000)
  })
})

describe('topping a batch up when its turn has come', () => {
  it('takes what came meanwhile up to the rows of a whole batch, and waits for nothing', async () => {
    const { takeMore, clock } = consumerOf([
      { after_ms: 0, offsets: range(0, 25) },
      { after_ms: 10, offsets: range(25, 30) },
    ])
    expect(await takeMore(5, 20, 1_000)).toEqual(range(0, 20))
    expect(await takeMore(5, 20, 1_000)).toEqual(range(20, 25))
    expect(clock.now).toBe(1_000)
  })

  it('counts the bytes that were gathered before', async () => {
    const { takeMore, polls } = consumerOf([
      { after_ms: 0, offsets: range(0, 4) },
      { after_ms: 0, offsets: range(4, 8) },
    ])
    expect(await takeMore(4, 20, 80)).toEqual(range(0, 8))
    expect(polls.map(({ bytes_max }) => bytes_max)).toEqual([80, 40])
  })
})
