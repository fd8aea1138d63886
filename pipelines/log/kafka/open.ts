/** The log on Apache Kafka 2.3 or newer. README.md of this folder tells what it guards against and how. */

import { type Consumer, type Log, LogError } from '../port.ts'
import { recordBytes } from './batch-encode.ts'
import { createCluster } from './cluster.ts'
import { createConsumer } from './consumer.ts'
import { closed } from './errors.ts'
import { Lane } from './lane.ts'
import { type KafkaLogOptions, kafkaSettings } from './options.ts'
import { readRecords } from './reader.ts'
import { retrying, sleep } from './retry.ts'
import { ensureTopic, fetchBounds, fetchCommitted } from './topics.ts'

/** @throws LogError `log_unavailable` when no broker answers within `unavailable_after_ms` */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  const settings = kafkaSettings(options)
  const cluster = createCluster(settings)
  const lanes = new Map<string, Lane>()
  const consumers = new Set<Consumer>()
  let underWay_bytes = 0
  let closing: Promise<void> | undefined

  const open = () => {
    if (closing !== undefined) throw closed()
  }
  const asking = <T>(action: string, ask: () => Promise<T>): Promise<T> => retrying(action, settings, ask, open)

  try {
    await asking(`connecting to ${settings.brokers}`, () => cluster.any())
  } catch (error) {
    cluster.close()
    throw error
  }

  return {
    kind: 'kafka',
    ensureTopics: async (specs) => {
      await Promise.all(
        specs.map((spec) => asking(`creating topic ${spec.name}`, () => ensureTopic(cluster, settings, spec))),
      )
    },
    partitions: async (topic) => (await asking(`asking for topic ${topic}`, () => cluster.leaders(topic))).length,
    append: async (topic, partition, records) => {
      open()
      let bytes = 0
      for (const record of records) {
        const size = recordBytes(record)
        if (size > settings.record_bytes_max) {
          throw new LogError('record_too_large', `a record of ${size} bytes, at most ${settings.record_bytes_max}`)
        }
        bytes += size
      }
      if (records.length === 0) throw new RangeError('append needs at least one record')
      if (underWay_bytes > 0 && underWay_bytes + bytes > settings.append_bytes_max) {
        throw new LogError('log_slow', `${underWay_bytes} bytes of appends wait, at most ${settings.append_bytes_max}`)
      }
      const key = `${topic}/${partition}`
      let lane = lanes.get(key)
      if (lane === undefined) {
        lane = new Lane({ topic, partition }, cluster, settings)
        lanes.set(key, lane)
      }
      underWay_bytes += bytes
      try {
        return await lane.append(records)
      } finally {
        underWay_bytes -= bytes
      }
    },
    bounds: (topic) => asking(`asking for the bounds of ${topic}`, () => fetchBounds(cluster, topic)),
    groupOffsets: (group, topic) =>
      asking(`asking for the places of group ${group}`, async () => {
        const partitions = [...(await cluster.leaders(topic)).keys()]
        return [...(await fetchCommitted(cluster, group, topic, partitions)).values()]
      }),
    join: async (group, topics, handlers) => {
      for (const topic of topics) await asking(`joining group ${group}`, () => cluster.leaders(topic))
      open()
      const { start, ...consumer } = createConsumer(settings, group, topics, handlers)
      const joined: Consumer = {
        ...consumer,
        close: async () => {
          consumers.delete(joined)
          await consumer.close()
        },
      }
      consumers.add(joined)
      // Nobody is told of a claim before having the consumer to work on it with.
      setImmediate(start)
      return joined
    },
    read: (topic, partition, offset, poll) => {
      if (closing !== undefined) return Promise.reject(closed())
      return readRecords(cluster, settings, { topic, partition, offset }, poll, open)
    },
    close: () => {
      closing ??= (async () => {
        await Promise.all([...consumers].map((consumer) => consumer.close()))
        const timeout = new AbortController()
        const idle = Promise.all([...lanes.values()].map((lane) => lane.idle()))
        await Promise.race([idle, sleep(settings.close_timeout_ms, timeout.signal)])
        timeout.abort()
        for (const lane of lanes.values()) lane.stop()
        cluster.close()
      })()
      return closing
    },
  }
}
