/** A process of its own, so that its CPU is only ours: a log with an idle member. Prints what idling cost. */

import { randomUUID } from 'node:crypto'
import { systemClock } from '../../../../pipelines/clock.ts'
import { openKafkaLog } from '../../../../pipelines/log/kafka/open.ts'

const IDLE_MS = 3_000
const warnings: string[] = []
process.on('warning', (warning) => warnings.push(warning.name))

const log = await openKafkaLog({ brokers: process.argv[2] ?? '', clientId: 'omnify-idle', clock: systemClock })
const topic = `idle-${randomUUID()}`
await log.ensureTopics([{ name: topic, partitions: 1, retention_ms: 1e9, retention_bytes: 1e9 }])
const assigned = Promise.withResolvers<void>()
const consumer = await log.join(topic, [topic], {
  onAssigned: () => assigned.resolve(),
  onRevoked: async () => {},
  onFailed: (error) => assigned.reject(error),
})
await assigned.promise
const before = process.cpuUsage()
await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
const { user, system } = process.cpuUsage(before)
process.stdout.write(JSON.stringify({ cpu_percent: (user + system) / 10 / IDLE_MS, warnings }))
await consumer.close()
await log.close()
