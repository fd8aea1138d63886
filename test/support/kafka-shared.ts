/**
 * One broker for all test files of a vitest run, started by whoever asks first. `KAFKA_BROKERS` is used when set.
 *
 *   const kafka = await kafkaOrSkip('contract suite on Kafka')
 *   describe.skipIf(kafka === null)('…', () => …)
 */

import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Asked for the run's broker; see kafka-global.ts. */
    readonly kafkaStarter: string
  }
}

export type SharedKafka = { readonly brokers: string } | { readonly absent: string }

/** The brokers (`host:port,…`), or null after one loud line where none is possible. With CI=true it throws instead. */
export async function kafkaOrSkip(what: string): Promise<string | null> {
  const answer = await fetch(inject('kafkaStarter'))
  const kafka = (await answer.json()) as SharedKafka
  if ('brokers' in kafka) return kafka.brokers
  return skipLoudly(what, kafka.absent)
}

/** For tests that need a broker of their own, to kill it: tells whether `startBroker` will work. */
export function skipLoudly(what: string, absent: string): null {
  const line = `NOT RUN: ${what}: no Apache Kafka (${absent}). Set KAFKA_BROKERS, or install Java 17 and Maven, or Docker.`
  if (process.env.CI === 'true') throw new Error(line)
  process.stderr.write(`\n*** ${line} ***\n`)
  return null
}

/** Shortest session of a group member: our own broker allows 1 s, one that was given to us 6 s unless it says else. */
export const SESSION_TIMEOUT_MS = process.env.KAFKA_BROKERS ? 6_000 : 2_000
