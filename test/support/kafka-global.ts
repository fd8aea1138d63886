/**
 * vitest's global set-up: a small server that starts the run's broker when the first test file asks for it, so that
 * a run of other tests pays nothing, and stops it at the end.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
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
  const server = createServer((_request, response) => {
    answer().then(
      (kafka) => response.end(JSON.stringify(kafka)),
      (error: unknown) => response.end(JSON.stringify({ absent: `start failed: ${String(error)}` })),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  project.provide('kafkaStarter', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  return async () => {
    server.close()
    server.closeAllConnections()
    if (starting !== undefined) await (await starting).stop()
  }
}
