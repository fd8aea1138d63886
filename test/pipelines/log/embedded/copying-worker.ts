/** A worker thread as the engine has one: reads topic `in` as a member of a group and writes topic `out`. */

import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../../../pipelines/clock.ts'
import { type EmbeddedLogOptions, type LogShare, openEmbeddedLog } from '../../../../pipelines/log/embedded/open.ts'
import type { Claim } from '../../../../pipelines/log/port.ts'

const port = parentPort!
const { part, share } = workerData as { share: LogShare; part?: EmbeddedLogOptions['part'] }
const log = await openEmbeddedLog({ share, writes: ['out'], clock: systemClock, ...(part && { part }) })
const wrong = await log.append('in', 0, [{ key: null, value: null }]).catch((error: Error) => error.message)

const running = new Set<Promise<void>>()
const consumer = await log.join('copy', ['in'], {
  onAssigned: (claim) => running.add(copy(claim)),
  onRevoked: async () => {},
  onFailed: (error) => port.postMessage({ failed: error.message }),
})
port.postMessage({ ready: true, wrong })
port.once('message', async () => {
  await consumer.close()
  await Promise.all(running)
  await log.close()
  port.postMessage({ closed: true })
  port.close()
})

async function copy(claim: Claim): Promise<void> {
  try {
    for (;;) {
      const records = await consumer.poll(claim, { records_max: 500, bytes_max: 1e6, wait_ms: 60_000 })
      if (records.length === 0) continue
      await log.append('out', claim.partition, records)
      await consumer.commit(claim, { offset: records.at(-1)!.offset + 1, metadata: 'copied' })
    }
  } catch (error) {
    if ((error as { code?: string }).code !== 'fenced') throw error
  }
}
