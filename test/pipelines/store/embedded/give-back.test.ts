import { expect, it } from 'vitest'
import type { Engine, QueryResult } from '../../../../pipelines/store/embedded/engine.ts'
import { giveBack } from '../../../../pipelines/store/embedded/give-back.ts'
import { useStore } from '../../../support/store.ts'

const test = useStore({ empty: true })
const RESULT: QueryResult = { bytes: Buffer.alloc(0), rows_read: 0, bytes_read: 0 }

/** An engine whose statements end when the test says so. */
function waitingEngine() {
  const asked: { sql: string; end: (error?: Error) => void }[] = []
  let closed = 0
  const engine: Engine = {
    connect: () => ({
      query: (sql) =>
        new Promise((resolve, reject) => {
          asked.push({ sql, end: (error) => (error === undefined ? resolve(RESULT) : reject(error)) })
        }),
      insert: () => Promise.reject(new Error('nothing is inserted here')),
      close: () => {
        closed += 1
      },
    }),
    close: () => undefined,
  }
  return { engine, asked, closed: () => closed }
}

it('asks again and again, and is not closed while its statement runs', async () => {
  const { asked, closed, engine } = waitingEngine()
  const giving = giveBack(engine, 1, () => expect.unreachable())
  await expect.poll(() => asked.length).toBe(1)
  asked[0]!.end()
  await expect.poll(() => asked.length).toBe(2)
  const stopped = giving.stop()
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(closed()).toBe(0)
  for (let n = 1; closed() === 0; n += 1) {
    await expect.poll(() => asked.length > n || closed() > 0).toBe(true)
    asked[n]?.end()
  }
  await stopped
  expect(closed()).toBe(1)
})

it('says once that an engine cannot do it, and asks no more', async () => {
  const { asked, closed, engine } = waitingEngine()
  const refusals: unknown[] = []
  const giving = giveBack(engine, 1, (error) => refusals.push(error))
  await expect.poll(() => asked.length).toBe(1)
  asked[0]!.end(new Error('built without jemalloc'))
  await expect.poll(() => refusals.length).toBeGreaterThan(0)
  await giving.stop()
  expect({ asked: asked.length, closed: closed(), refusals: refusals.length }).toEqual({
    asked: 1,
    closed: 1,
    refusals: 1,
  })
})

it('is a statement that the embedded engine knows', async () => {
  await test.store.command('SYSTEM JEMALLOC PURGE')
})
