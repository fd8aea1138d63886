import { join } from 'node:path'
import { systemClock } from '../../pipelines/clock.ts'
import { openEmbeddedLog } from '../../pipelines/log/embedded/open.ts'
import { openKafkaLog } from '../../pipelines/log/kafka/open.ts'
import type { Log } from '../../pipelines/log/port.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { startBroker, whyNoBroker } from '../../test/support/kafka-broker.ts'
import type { Bench } from '../benchmark.ts'
import { fillTopic, type Keyed } from './fill.ts'
import type { LogPlace } from './job.ts'

/** Events on a log. */
export type Filled = {
  readonly place: LogPlace
  readonly topic: string
  readonly ends: readonly number[]
  readonly events: number
}

/** Where the log is, or why there is none. A broker is started when none was named. */
export async function placeOf(bench: Bench, log: LogPlace['kind']): Promise<LogPlace | string> {
  if (log === 'embedded') return { kind: 'embedded', dir: join(bench.dir, 'log') }
  if (bench.kafka_brokers !== undefined) return { kind: 'kafka', brokers: bench.kafka_brokers }
  const absent = whyNoBroker()
  if (absent !== null) return absent
  const broker = await startBroker({ optimised: true })
  bench.cleanup.defer(() => broker.stop())
  return { kind: 'kafka', brokers: broker.brokers }
}

export function openLog(place: LogPlace): Promise<Log> {
  return place.kind === 'embedded'
    ? openEmbeddedLog({ dir: place.dir, writes: 'all', clock: systemClock })
    : openKafkaLog({ brokers: place.brokers, clientId: 'omnify-benchmark', clock: systemClock })
}

/** Work on the log of a place, while nobody else has it. */
export async function withLog<T>(place: LogPlace, work: (log: Log) => Promise<T>): Promise<T> {
  const log = await openLog(place)
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

/** A topic of four partitions, kept for an hour where brokers are shared; and the one of dead letters. */
export async function makeTopic(log: Log, name: string): Promise<void> {
  const topic = { name, partitions: 4, retention_ms: 3_600_000, retention_bytes: 20e9 }
  await log.ensureTopics([topic, TOPICS.dead_letters])
}

/** Puts events on a topic of their own. */
export async function fillPlace(
  bench: Bench,
  place: LogPlace,
  events: Iterable<Keyed> | AsyncIterable<Keyed>,
): Promise<Filled> {
  bench.say(`putting the events on the ${place.kind} log`)
  // The name of the benchmark's folder is unique, and so is that of the topic on brokers that others use.
  const topic = `omnify.bench.${bench.dir.split('-').at(-1)}`
  return withLog(place, async (log) => {
    await makeTopic(log, topic)
    const ends = await fillTopic(log, topic, events, bench.signal)
    return { place, topic, ends, events: ends.reduce((sum, end) => sum + end, 0) }
  })
}
