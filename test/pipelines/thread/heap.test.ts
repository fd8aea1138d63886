import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { giveThreadsRoom } from '../../../pipelines/thread/heap.ts'

/** Holds some objects, takes 70 MB of buffers as a reader of the log does, and says how often all of its heap was marked. */
const READER = `
const { parentPort } = require('node:worker_threads')
const { PerformanceObserver, constants } = require('node:perf_hooks')
let marked = 0
const seen = new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) marked++
})
seen.observe({ entryTypes: ['gc'] })
const objects = Array.from({ length: 60_000 }, (_, n) => ({ n, text: 'text ' + n }))
const held = []
const timer = setInterval(() => {
  held.push(Buffer.allocUnsafeSlow(4_194_304).fill(1))
  for (let n = 0; n < 4; n++) held.push(new Float64Array(100_000))
  if (held.length < 75) return
  clearInterval(timer)
  setTimeout(() => parentPort.postMessage(objects.length > 0 ? marked : -1), 50)
}, 1)
`

async function timesMarked(): Promise<number> {
  let sum = 0
  for (let thread = 0; thread < 3; thread++) {
    const limits = { maxYoungGenerationSizeMb: 48, maxOldGenerationSizeMb: 512 }
    const worker = new Worker(READER, { eval: true, resourceLimits: limits })
    sum += await new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject))
  }
  return sum
}

it('lets threads that are started afterwards read more before all that they hold is looked through', async () => {
  const before = await timesMarked()
  giveThreadsRoom(256)
  expect(await timesMarked()).toBeLessThan(before)
})
