import fc from 'fast-check'
import { expect, it } from 'vitest'
import { count, numbers, readAll, records, testLog, topic } from './support.ts'

it('reads from any offset, in any order, over segments and batches of any size', async () => {
  const log = await testLog({ segment_bytes: 20_000 })
  await topic(log)
  let end = 0
  for (let turn = 0; turn < 60; turn += 1) {
    const size = 1 + ((turn * 37) % 50)
    await log.append('t', 0, records(size, 10 + ((turn * 13) % 400), end))
    end += size
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(end), fc.integer({ min: 1, max: 300 }), async (offset, records_max) => {
      const seen = await log.read('t', 0, offset, { records_max, bytes_max: 1e9, wait_ms: 0 })
      expect(numbers(seen)).toEqual(count(Math.min(end, offset + records_max), offset))
    }),
    { numRuns: 150 },
  )
})

it('reads side by side without mixing', async () => {
  const log = await testLog({ segment_bytes: 5_000 })
  await topic(log)
  await log.append('t', 0, records(100, 50))
  await log.append('t', 0, records(100, 50, 100))
  const readers = count(20).map(async (index) => {
    const seen: number[] = []
    for (let offset = index * 7; offset < 200; offset = index * 7 + seen.length) {
      seen.push(...numbers(await log.read('t', 0, offset, { records_max: 11, bytes_max: 1e6, wait_ms: 0 })))
    }
    expect(seen).toEqual(count(200, index * 7))
  })
  await Promise.all(readers)
})

it('never shows what is not published, and reads what is while it is being written', async () => {
  const log = await testLog({ segment_bytes: 3_000 })
  await topic(log)
  const total = 400
  const writing = (async () => {
    for (let at = 0; at < total; at += 4) {
      await Promise.all(count(4).map((index) => log.append('t', 0, records(1, 30, at + index))))
    }
  })()
  const reading = count(3).map(async () => {
    const seen: number[] = []
    while (seen.length < total) {
      const more = await log.read('t', 0, seen.length, { records_max: 50, bytes_max: 1e6, wait_ms: 5_000 })
      const { end } = (await log.bounds('t'))[0]!
      expect(seen.length + more.length).toBeLessThanOrEqual(end)
      seen.push(...numbers(more))
    }
    expect(seen).toEqual(count(total))
  })
  await Promise.all([writing, ...reading])
  expect(numbers(await readAll(log))).toEqual(count(total))
})
