import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { stopWithin } from '../../../bin/engine/stop-within.ts'

it('waits for what stops in time, and says nothing', async () => {
  let stopped = false
  const stop = async () => {
    await sleep(20)
    stopped = true
  }
  await stopWithin(stop, 60_000, () => expect.unreachable())
  expect(stopped).toBe(true)
})

it('abandons what does not stop, and says so once', async () => {
  let late = 0
  const never = () => new Promise<void>(() => {})
  await stopWithin(never, 20, () => {
    late += 1
  })
  expect(late).toBe(1)
})

it('throws what stopping failed with', async () => {
  const failing = () => Promise.reject(new Error('the disk is gone'))
  await expect(stopWithin(failing, 60_000, () => expect.unreachable())).rejects.toThrow('the disk is gone')
})
