import { getPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'

/** A thread that gives way, then starts another; both tell the priority that they have. */
const THREAD = `
  const { parentPort, Worker } = await import('node:worker_threads')
  const { getPriority } = await import('node:os')
  const { giveWay } = await import(${JSON.stringify(new URL('../../../pipelines/thread/give-way.ts', import.meta.url).href)})
  giveWay()
  const code = "require('node:worker_threads').parentPort.postMessage(require('node:os').getPriority())"
  new Worker(code, { eval: true }).once('message', (child) => parentPort.postMessage([getPriority(), child]))
`

describe.runIf(process.platform === 'linux')('giveWay', () => {
  it('lowers the priority of the thread and of those that it starts, and of no other', async () => {
    const before = getPriority()
    const url = new URL(`data:text/javascript,${encodeURIComponent(THREAD)}`)
    const told = await new Promise((resolve, reject) => new Worker(url).once('message', resolve).once('error', reject))
    const lowered = Math.min(19, before + 10)
    expect(told).toEqual([lowered, lowered])
    expect(getPriority()).toBe(before)
  })
})
