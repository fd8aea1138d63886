/**
 * vitest's global set-up: a small server that starts the run's broker when the first test file asks for it, so that
 * a run of other tests pays nothing, and stops it at the end.
 */

import type { TestProject } from 'vitest/node'
import { answerJson } from './answer-json.ts'
import { type Broker, startBroker, whyNoBroker } from './kafka-broker.ts'
import type { SharedKafka } from './kafka-shared.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<Broker> | undefined
  const answer = async (): Promise<SharedKafka> => {
    const given = process.env.KAFKA_BROKERS
    if (given) return { brokers: given }
    const absent = whyNoBroker()
    if (absent !== null) return { absent }
    starting ??= startBroker()
    return { brokers: (await starting).brokers }
  }
  const server = await answerJson(() => answer().catch((error) => ({ absent: `start failed: ${String(error)}` })))
  project.provide('kafkaStarter', server.url)
  return async () => {
    server.close()
    if (starting !== undefined) await (await starting).stop()
  }
}
