/** A member in a process of its own, to be stopped with SIGSTOP: polls, then commits when told to on stdin. */

import { once } from 'node:events'
import { systemClock } from '../../../../pipelines/clock.ts'
import { openKafkaLog } from '../../../../pipelines/log/kafka/open.ts'
import type { Claim } from '../../../../pipelines/log/port.ts'

const [brokers = '', topic = '', session = ''] = process.argv.slice(2)
const log = await openKafkaLog({ brokers, clientId: 'zombie', clock: systemClock, session_timeout_ms: Number(session) })
const assigned = Promise.withResolvers<Claim>()
const consumer = await log.join(topic, [topic], {
  onAssigned: assigned.resolve,
  onRevoked: async () => {},
  onFailed: assigned.reject,
})
const claim = await assigned.promise
const records = await consumer.poll(claim, { records_max: 100, bytes_max: 1e6, wait_ms: 5_000 })
process.stdout.write(`${JSON.stringify({ polled: records.length })}\n`)
await once(process.stdin, 'data')
const outcome = await consumer.commit(claim, { offset: records.length, metadata: 'zombie' }).then(
  () => 'accepted',
  (error: { code?: string }) => error.code,
)
process.stdout.write(`${JSON.stringify({ commit: outcome })}\n`)
