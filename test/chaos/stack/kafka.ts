import { systemClock } from '../../../pipelines/clock.ts'
import { openKafkaLog } from '../../../pipelines/log/kafka/open.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { type Broker, startBroker } from '../../support/kafka-broker.ts'
import { freePort } from '../../support/kafka-process.ts'
import { type FaultyProxy, startProxy } from '../../support/tcp-proxy.ts'
import { readTopic } from '../truth/read-log.ts'
import { type Env, makeHome, type Stack } from './stack.ts'
import type { Unit } from './unit.ts'

export type KafkaStack = Stack & {
  readonly broker: Broker
  readonly brokerProxy: FaultyProxy
  /** One more worker of the group, which does not run. */
  readonly extra: Unit
}

/** A broker, and a process for each role: the store, ingestion, queries, and workers of one group. */
export async function startKafka(given: Env = {}, workers = 2): Promise<KafkaStack> {
  const port = await freePort()
  const broker = await startBroker({ properties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}` } })
  const brokerPort = Number(broker.brokers.split(':')[1])
  const brokerProxy = await startProxy(port, brokerPort)
  const home = await makeHome(given)
  const env = { KAFKA_BROKERS: `127.0.0.1:${port}` }
  const store = home.unit('store', ['run', 'store'])
  const ingest = home.unit('ingest', ['run', 'ingest'], env)
  const query = home.unit('query', ['run', 'query'], env)
  const worker = (n: number) => home.unit(`worker ${n}`, ['run', 'pipelines'], env)
  const all = Array.from({ length: workers }, (_, n) => worker(n))
  const units = [store, ingest, query, ...all]
  for (const unit of units) await unit.start()
  // Past the proxy: what the harness asks must not fail.
  const log = await openKafkaLog({ brokers: broker.brokers, clientId: 'chaos', clock: systemClock })
  return {
    log: 'kafka',
    home,
    ingest,
    query,
    store,
    workers: all,
    extra: worker(workers),
    units,
    broker,
    brokerProxy,
    readLog: (topic) => readTopic(log, topic),
    async appendForeign(text) {
      await log.append(TOPICS.events.name, 0, [{ key: null, value: Buffer.from(text) }])
    },
    async stop() {
      for (const unit of [...units].reverse()) if (unit.url() !== undefined) await unit.stop()
    },
    async close() {
      await log.close()
      await brokerProxy.close()
      await broker.stop()
    },
  }
}
