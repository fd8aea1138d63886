import { expect, it } from 'vitest'
import { bothStarted } from '../../../bin/engine/threads.ts'

function thread() {
  const one = {
    stopped: false,
    async stop() {
      one.stopped = true
    },
  }
  return one
}

it('gives both when both have started', async () => {
  const [a, b] = [thread(), thread()]
  expect(await bothStarted(Promise.resolve(a), Promise.resolve(b))).toEqual([a, b])
  expect([a.stopped, b.stopped]).toEqual([false, false])
})

it.each([0, 1])('stops the one that started when the other cannot (%i)', async (failing) => {
  const one = thread()
  const error = new Error('no store')
  const started = Promise.resolve(one)
  const failed = new Promise<typeof one>((_, reject) => setTimeout(() => reject(error), 5))
  const both = failing === 0 ? bothStarted(failed, started) : bothStarted(started, failed)
  await expect(both).rejects.toBe(error)
  expect(one.stopped).toBe(true)
})
