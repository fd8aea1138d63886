import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type RunningEngine, useProcesses } from '../support/running-engine.ts'
import { startSender } from './support/sender.ts'

/** Each starts several engines, which takes a busy machine half a minute. */
const TIMEOUT_MS = 150_000

describe('faults while events flow', () => {
  const processes = useProcesses()

  it(
    'the store, killed again and again: the collector goes on, nothing is lost or doubled',
    async () => {
      const engine = await processes.engine()
      const sender = startSender(engine, 'store')
      const killed = new Set<number>()
      for (let n = 0; n < 3; n++) {
        await sender.progress(500)
        const pid = await engine.storePid()
        expect(killed.has(pid), 'another process each time').toBe(false)
        killed.add(pid)
        process.kill(pid, 'SIGKILL')
        // The collector does not need the store; what it takes meanwhile is there as soon as there is one again.
        await sender.progress(500)
        await untilVisible(engine, sender.acknowledged())
      }
      await sender.finish()
      await sender.check(engine)
      expect((await engine.stop()).code).toBe(0)
    },
    TIMEOUT_MS,
  )

  it(
    'the engine, killed again and again: what it acknowledged is there, once',
    async () => {
      let engine = await processes.engine()
      const { home } = engine
      const sender = startSender(engine, 'engine')
      for (let n = 0; n < 2; n++) {
        await sender.progress(1_000)
        await engine.kill9()
        const [least, most] = [sender.acknowledged(), sender.acknowledged() + sender.inDoubt()]
        engine = await processes.engine({ home })
        await engine.caughtUp()
        const [row] = await engine.metrics({ measures: ['orders'] })
        expect(row.orders).toBeGreaterThanOrEqual(least)
        expect(row.orders).toBeLessThanOrEqual(most)
        sender.turnTo(engine)
      }
      await sender.progress(500)
      await sender.finish()
      await sender.check(engine)
    },
    TIMEOUT_MS,
  )

  it(
    'a request to stop, also one by Ctrl-C: within 10 s, and what was acknowledged is there afterwards',
    async () => {
      let engine = await processes.engine()
      const { home } = engine
      const sender = startSender(engine, 'stop')
      await sender.progress(2_000)
      const ended = await engine.stop()
      expect(ended).toMatchObject({ code: 0, signal: null })
      expect(ended.took_ms).toBeLessThan(10_000)

      engine = await processes.engine({ home })
      sender.turnTo(engine)
      await sender.progress(1_000)
      const began = performance.now()
      // A terminal sends it to every process of the group, to the store's as well.
      process.kill(-engine.pid, 'SIGINT')
      expect(await engine.ended).toMatchObject({ code: 0, signal: null })
      expect(performance.now() - began).toBeLessThan(10_000)
      expect(engine.err()).not.toContain('starting another')

      engine = await processes.engine({ home })
      sender.turnTo(engine)
      await sender.finish()
      await sender.check(engine)
    },
    TIMEOUT_MS,
  )
})

describe('a second engine', () => {
  const processes = useProcesses()

  it('on the same home is refused in clear words, and harms nothing', async () => {
    const engine = await processes.engine()
    const sender = startSender(engine, 'first')
    const second = await processes.run(engine.home, ['up'])
    expect({ code: second.code, out: second.out }).toEqual({ code: 1, out: '' })
    expect(second.err).toMatch(/another engine|in use/i)
    expect(second.err).toContain(String(engine.pid))
    expect(second.err).not.toMatch(/\n\s+at /)
    await sender.finish()
    await sender.check(engine)
    // It must not have taken the first one's address away either.
    expect((await processes.run(engine.home, ['replay'])).code).toBe(0)
  })
})

async function untilVisible(engine: RunningEngine, orders: number): Promise<void> {
  for (const deadline = performance.now() + 120_000; performance.now() < deadline; await sleep(100)) {
    // Without a store there is a clear answer, and it is no number.
    const answer = await engine.fetch('/v1/metrics?measures=orders', {
      headers: { authorization: `Bearer ${engine.key}` },
    })
    if (answer.status === 200 && answer.json().rows[0]?.orders >= orders) return
    if (answer.status !== 200) expect(answer.json()).toMatchObject({ status: 503, code: 'store_unavailable' })
  }
  throw new Error(`${orders} orders are not to be seen after two minutes\n${engine.err()}`)
}
