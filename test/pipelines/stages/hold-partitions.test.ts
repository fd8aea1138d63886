import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { ConsumerHandlers, Log } from '../../../pipelines/log/port.ts'
import { holdPartitions } from '../../../pipelines/stages/hold-partitions.ts'

/** A log of many machines whose groups assign partitions as they like. */
function groupLog(join: (handlers: ConsumerHandlers) => Promise<void>) {
  const seen = { closed: 0 }
  const log = {
    kind: 'kafka',
    async join(_group: string, _topics: readonly string[], handlers: ConsumerHandlers) {
      await join(handlers)
      return {
        async close() {
          seen.closed += 1
        },
      }
    },
  } as unknown as Log
  return { log, seen }
}

const claim = (partition: number) => ({ topic: 't', partition, generation: 1 })

it('fails with work that fails before the group is joined, and lets the others end', async () => {
  const { log, seen } = groupLog(async (handlers) => {
    handlers.onAssigned(claim(0))
    handlers.onAssigned(claim(1))
    // As long as it takes for a rejection that nobody has caught to be one.
    await nextTurn()
    await nextTurn()
  })
  const ended: number[] = []
  const work = async (partition: number, signal: AbortSignal) => {
    if (partition === 0) throw new Error('the store is away')
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    ended.push(partition)
  }
  const held = holdPartitions(log, 'g', 't', work, new AbortController().signal)
  await expect(held).rejects.toThrow('the store is away')
  expect([seen.closed, ended]).toEqual([1, [1]])
})

it('ends what is revoked and what is left at the end, and is silent about it', async () => {
  const stop = new AbortController()
  const joined = Promise.withResolvers<ConsumerHandlers>()
  const { log, seen } = groupLog(async (handlers) => joined.resolve(handlers))
  const running = new Set<number>()
  const work = async (partition: number, signal: AbortSignal) => {
    running.add(partition)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    running.delete(partition)
    throw new Error('cut off in the middle')
  }
  const held = holdPartitions(log, 'g', 't', work, stop.signal)
  const handlers = await joined.promise
  for (const partition of [0, 1]) handlers.onAssigned(claim(partition))
  await handlers.onRevoked(claim(0))
  expect([...running]).toEqual([1])
  stop.abort()
  await held
  expect([running.size, seen.closed]).toEqual([0, 1])
})
