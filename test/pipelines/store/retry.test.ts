import { describe, expect, it } from 'vitest'
import { StoreError } from '../../../pipelines/store/errors.ts'
import { createBreaker, withRetry } from '../../../pipelines/store/retry.ts'

const down = () => new StoreError('unavailable', 0, 'down')
const wrong = () => new StoreError('rejected', 62, 'wrong')

/** A clock that only sleeping moves. */
function setUp() {
  let now = 0
  const slept: number[] = []
  const sleep = async (ms: number) => {
    slept.push(ms)
    now += ms
  }
  return { slept, options: { clock: () => now, random: () => 1, sleep, patience_ms: 10_000 } }
}

/** Fails with each of the errors, then gives 'done'. */
function failing(...errors: unknown[]) {
  const calls = { count: 0 }
  const task = async () => {
    const error = errors[calls.count++]
    if (error !== undefined) throw error
    return 'done'
  }
  return { calls, task }
}

describe('withRetry', () => {
  it('waits longer each time, then gives the result', async () => {
    const { slept, options } = setUp()
    const { task } = failing(down(), down(), down(), down())
    expect(await withRetry(task, { ...options, wait_max_ms: 500 })).toBe('done')
    expect(slept).toEqual([100, 200, 400, 500])
  })

  it('gives up at once on what cannot get better', async () => {
    const { slept, options } = setUp()
    for (const error of [wrong(), new Error('ours')]) {
      const { task, calls } = failing(error)
      await expect(withRetry(task, options)).rejects.toBe(error)
      expect(calls.count).toBe(1)
    }
    expect(slept).toEqual([])
  })

  it('gives up when its patience ends, and when it is told to', async () => {
    const { slept, options } = setUp()
    const { task } = failing(...Array.from({ length: 50 }, down))
    await expect(withRetry(task, options)).rejects.toMatchObject({ kind: 'unavailable' })
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(10_000)
    const signal = AbortSignal.abort()
    await expect(withRetry(failing(down()).task, { ...options, signal })).rejects.toMatchObject({ kind: 'cancelled' })
  })
})

describe('createBreaker', () => {
  it('opens after failures in a row, lets one call through after a while, and closes when it works', async () => {
    let now = 0
    const breaker = createBreaker({ clock: () => now, failures_max: 2, open_ms: 1_000 })
    const { task, calls } = failing(down(), wrong(), down(), down(), down())
    const attempt = () => breaker.run(task).catch((error: StoreError) => error.kind)
    expect(await attempt()).toBe('unavailable')
    expect(await attempt()).toBe('rejected')
    expect(await attempt()).toBe('unavailable')
    expect(breaker.isOpen()).toBe(false)
    expect(await attempt()).toBe('unavailable')
    expect(breaker.isOpen()).toBe(true)
    expect(await attempt()).toBe('unavailable')
    expect(calls.count).toBe(4)
    now = 1_000
    expect(await attempt()).toBe('unavailable')
    expect(calls.count).toBe(5)
    now = 1_999
    expect(await attempt()).toBe('unavailable')
    expect(calls.count).toBe(5)
    now = 2_000
    expect(await Promise.all([attempt(), attempt()])).toEqual(['done', 'unavailable'])
    expect(calls.count).toBe(6)
    expect(await attempt()).toBe('done')
  })
})
