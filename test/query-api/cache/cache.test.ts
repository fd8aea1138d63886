import { describe, expect, it } from 'vitest'
import { isNamed, tagOf } from '../../../query-api/cache/etag.ts'
import { makeFlights } from '../../../query-api/cache/flights.ts'
import { holdAnswers } from '../../../query-api/cache/held-answers.ts'
import { followVersions } from '../../../query-api/cache/versions.ts'
import type { Apply } from '../../../query-api/days/follow.ts'
import { openMemoryLog } from '../../support/memory-log.ts'

const never = new AbortController().signal

describe('those who ask the same at the same time', () => {
  it('share one execution, and whoever comes after it begins another', async () => {
    const flights = makeFlights<number>()
    let runs = 0
    const done = Promise.withResolvers<void>()
    const run = async () => {
      const mine = ++runs
      await done.promise
      return mine
    }
    const three = Promise.all([
      flights.join('a', never, run),
      flights.join('a', never, run),
      flights.join('b', never, run),
    ])
    done.resolve()
    expect(await three).toEqual([
      { value: 1, shared: false },
      { value: 1, shared: true },
      { value: 2, shared: false },
    ])
    expect(await flights.join('a', never, run)).toEqual({ value: 3, shared: false })
  })

  it('can leave it, and the last one stops it', async () => {
    const flights = makeFlights<number>()
    const [one, two] = [new AbortController(), new AbortController()]
    const stopped = Promise.withResolvers<void>()
    const run = (signal: AbortSignal) => {
      signal.addEventListener('abort', () => stopped.resolve())
      return new Promise<number>(() => {})
    }
    const [first, second] = [flights.join('a', one.signal, run), flights.join('a', two.signal, run)]
    one.abort()
    await expect(first).rejects.toMatchObject({ kind: 'cancelled' })
    let isStopped = false
    void stopped.promise.then(() => {
      isStopped = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isStopped).toBe(false)
    two.abort()
    await expect(second).rejects.toMatchObject({ kind: 'cancelled' })
    await stopped.promise
    await expect(flights.join('a', one.signal, run)).rejects.toMatchObject({ kind: 'cancelled' })
  })

  it('share its failure, which is not kept', async () => {
    const flights = makeFlights<number>()
    const fail = async () => {
      throw new Error('no')
    }
    const both = [flights.join('a', never, fail), flights.join('a', never, fail)]
    for (const one of both) await expect(one).rejects.toThrow('no')
    expect(await flights.join('a', never, async () => 1)).toEqual({ value: 1, shared: false })
  })
})

describe('answers that are held', () => {
  it('are given for their version only', () => {
    const held = holdAnswers<string>(100_000, 10_000)
    held.put('q', 'v1', 'one', 100)
    expect(held.get('q', 'v1')).toBe('one')
    expect(held.get('q', 'v2')).toBeUndefined()
    // The versions of a question never come back.
    expect(held.get('q', 'v1')).toBeUndefined()
    expect(held.bytes()).toBe(0)
  })

  it('stay within their bytes, the longest unused goes first', () => {
    const held = holdAnswers<number>(10_000, 5_000)
    for (let i = 0; i < 3; i++) held.put(`q${i}`, 'v', i, 2_000)
    held.get('q0', 'v')
    held.put('q3', 'v', 3, 2_000)
    expect([0, 1, 2, 3].map((i) => held.get(`q${i}`, 'v'))).toEqual([0, undefined, 2, 3])
    for (let i = 0; i < 1_000; i++) held.put(`x${i}`, 'v', i, i * 10)
    expect(held.bytes()).toBeLessThanOrEqual(10_000)
    held.put('large', 'v', 1, 4_500)
    expect(held.get('large', 'v')).toBeUndefined()
  })

  it('count an answer that takes the place of another once', () => {
    const held = holdAnswers<number>(10_000, 5_000)
    held.put('q', 'v', 1, 100)
    const bytes = held.bytes()
    held.put('q', 'v', 2, 100)
    expect(held.bytes()).toBe(bytes)
    expect(held.get('q', 'v')).toBe(2)
  })
})

describe('a tag', () => {
  const body = (id: string, n: number) => Buffer.from(JSON.stringify({ rows: [n], query_id: id }))
  it('is of the answer and not of the query that made it', () => {
    expect(tagOf(body('aaaa', 1), 'json', 'aaaa')).toBe(tagOf(body('bbbb', 1), 'json', 'bbbb'))
    expect(tagOf(body('aaaa', 1), 'json', 'aaaa')).not.toBe(tagOf(body('aaaa', 2), 'json', 'aaaa'))
    expect(tagOf(body('aaaa', 1), 'json', 'aaaa')).not.toBe(tagOf(body('aaaa', 1), 'csv', 'aaaa'))
  })

  it.each([
    ['W/"a"', true],
    ['"a"', true],
    ['"x", W/"a" , "y"', true],
    ['*', true],
    ['"ab"', false],
    ['a', false],
    ['', false],
    [undefined, false],
  ])('is named by %s: %s', (header, named) => expect(isNamed('W/"a"', header)).toBe(named))
})

describe('versions', () => {
  it('change with what was committed, and for whom', async () => {
    const log = openMemoryLog()
    await log.ensureTopics([{ name: 'events', partitions: 1, retention_ms: 1, retention_bytes: 1 }])
    const pending: Parameters<Apply>[0][] = []
    let readable = true
    let marks = new Map([['shop', 1]])
    const versions = followVersions({
      follow: (apply) => async () => {
        for (const changes of pending.splice(0)) apply(changes)
        return readable
      },
      log,
      groups: [{ pipeline: 'facts', group: 'g', topic: 'events' }],
      watermarks: async () => marks,
    })
    const both = async (reads: 'windows' | 'facts' = 'windows') => [
      await versions.of('a', reads),
      await versions.of('b', reads),
    ]
    const [a, b] = await both()
    expect(await both()).toEqual([a, b])
    pending.push([{ set: 'windows_day', tenant: 'a', day: 1 }])
    const [a2, b2] = await both()
    expect([a2 === a, b2 === b]).toEqual([false, true])
    pending.push('lost')
    const [a3, b3] = await both()
    expect([a3 === a2, b3 === b2]).toEqual([false, false])
    marks = new Map([['shop', 2]])
    expect(await versions.of('a', 'windows')).not.toBe(a3)

    const facts = await versions.of('a', 'facts')
    await log.append('events', 0, [{ key: null, value: Buffer.from('x') }])
    const claimed = Promise.withResolvers<{ topic: string; partition: number; generation: number }>()
    const member = await log.join('g', ['events'], {
      onAssigned: claimed.resolve,
      onRevoked: async () => {},
      onFailed: (error) => claimed.reject(error),
    })
    await member.commit(await claimed.promise, { offset: 1, metadata: '' })
    expect(await versions.of('a', 'facts')).not.toBe(facts)
    await member.close()
    readable = false
    expect(await versions.of('a', 'windows')).toBeUndefined()
  })
})
