/** Fails when kafkajs no longer has the faults that patches.ts repairs, or has them elsewhere. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { KAFKAJS_VERSION, loadKafkajs } from '../../../../pipelines/log/kafka/kafkajs.ts'
import { kafkaOrSkip } from '../../../support/kafka-shared.ts'

const require = createRequire(import.meta.url)
const source = (path: string) => readFileSync(require.resolve(`kafkajs/src/${path}`), 'utf8')
const brokers = await kafkaOrSkip('idle CPU of a Kafka connection')
/** kafkajs unpatched takes 4 to 5 % per connection; ours has three connections, each with a timer every 100 ms. */
const IDLE_CPU_PERCENT_MAX = 6

describe('kafkajs', () => {
  it('is the version whose internals we know', () => {
    expect(loadKafkajs().version).toBe(KAFKAJS_VERSION)
  })

  it('still polls its queue at a negative delay, which patches.ts ends', () => {
    const text = source('network/requestQueue/index.js')
    expect(text).toContain('let scheduleAt = this.throttledUntil - Date.now()')
    expect(text).toContain('if (this.pending.length > 0) {\n        scheduleAt = scheduleAt > 0')
  })

  it('still opens a second socket beside one that is opening, and keeps the torn half of an answer', () => {
    const text = source('network/connection.js')
    const connect = text.slice(text.indexOf('  connect() {'), text.indexOf('  async disconnect() {'))
    expect(connect).toContain('if (this.isConnected()) {')
    expect(connect).not.toContain('this.chunks')
    expect(text).toContain('this.bytesNeeded = Decoder.int32Size()')
  })

  it('still joins each answer with the nothing that was left of the one before', () => {
    const text = source('network/connection.js')
    const process = text.slice(text.indexOf('  processData(rawData) {'))
    expect(process).toContain('this.chunks.length > 1 ? Buffer.concat(this.chunks) : this.chunks[0]')
    expect(process).toContain('this.chunks = [remainderBuffer]')
  })

  it.skipIf(brokers === null)('idles without warnings and nearly without CPU', () => {
    const child = fileURLToPath(new URL('idle.child.ts', import.meta.url))
    const out = execFileSync(process.execPath, [child, brokers!], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const { cpu_percent, warnings } = JSON.parse(out) as { cpu_percent: number; warnings: string[] }
    expect(warnings).toEqual([])
    expect(cpu_percent).toBeLessThan(IDLE_CPU_PERCENT_MAX)
  })
})
