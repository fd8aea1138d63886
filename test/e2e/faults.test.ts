import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { type RunningEngine, useProcesses } from '../support/running-engine.ts'
import { type Sender, startSender } from './support/sender.ts'

/** Each starts several engines, which takes a busy machine half a minute. */
const TIMEOUT_MS = 300_000

/** One shop sends to one home through all of it; what must be there in the end is every order, once. */
describe('faults while events flow', () => {
  const processes = useProcesses()
  let engine: RunningEngine
  let sender: Sender
  beforeAll(async () => {
    engine = await processes.engine()
    sender = startSender(engine, 'faults')
  })

  it('a second engine on the same home is refused in clear words, and harms nothing', async () => {
    const second = await processes.run(engine.home, ['up'])
    expect({ code: second.code, out: second.out }).toEqual({ code: 1, out: '' })
    expect(second.err).toMatch(/another engine|in use/i)
    expect(second.err).toContain(String(engine.pid))
    expect(second.err).not.toMatch(/\n\s+at /)
    await sender.progress(500)
    // It must not have taken the first one's address away either.
    expect((await processes.run(engine.home, ['replay'])).code).toBe(0)
  })

  it(
    'the store, killed again and again: the collector goes on, and what it takes is there afterwards',
    async () => {
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
    },
    TIMEOUT_MS,
  )

  it(
    'the engine, killed again and again: what it acknowledged is there',
    async () => {
      for (let n = 0; n < 2; n++) {
        await sender.progress(1_000)
        await engine.kill9()
        await startAgain(async () => {
          const [least, most] = [sender.acknowledged(), sender.acknowledged() + sender.inDoubt()]
          await engine.caughtUp()
          const [row] = await engine.metrics({ measures: ['orders'] })
          expect(row.orders).toBeGreaterThanOrEqual(least)
          expect(row.orders).toBeLessThanOrEqual(most)
        })
      }
    },
    TIMEOUT_MS,
  )

  it(
    'a request to stop, also one by Ctrl-C: within 10 s',
    async () => {
      await sender.progress(2_000)
      const ended = await engine.stop()
      expect(ended).toMatchObject({ code: 0, signal: null })
      expect(ended.took_ms).toBeLessThan(10_000)

      await startAgain()
      await sender.progress(1_000)
      const began = performance.now()
      // A terminal sends it to every process of the group, to the store's as well.
      process.kill(-engine.pid, 'SIGINT')
      expect(await engine.ended).toMatchObject({ code: 0, signal: null })
      expect(performance.now() - began).toBeLessThan(10_000)
      expect(engine.err()).not.toContain('starting another')
      await startAgain()
    },
    TIMEOUT_MS,
  )

  it('nothing is lost or doubled by any of it', async () => {
    await sender.progress(500)
    await sender.finish()
    await sender.check(engine)
  })

  /** @param before  done while nobody sends to it yet */
  async function startAgain(before: () => Promise<void> = async () => undefined): Promise<void> {
    engine = await processes.engine({ home: engine.home })
    await before()
    sender.turnTo(engine)
  }
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
