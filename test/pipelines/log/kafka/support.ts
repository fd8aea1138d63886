/** A log and group members for the tests of the Kafka adapter. */

import { randomUUID } from 'node:crypto'
import { systemClock } from '../../../../pipelines/clock.ts'
import { openKafkaLog } from '../../../../pipelines/log/kafka/open.ts'
import type { KafkaLogOptions } from '../../../../pipelines/log/kafka/options.ts'
import type { Claim, Consumer, Log } from '../../../../pipelines/log/port.ts'

export const open = (brokers: string, options: Partial<KafkaLogOptions> = {}): Promise<Log> =>
  openKafkaLog({ brokers, clientId: 'omnify-test', clock: systemClock, ...options })

export async function newTopic(log: Log, partitions = 1): Promise<string> {
  const name = `kafka-${randomUUID()}`
  await log.ensureTopics([{ name, partitions, retention_ms: 86_400_000, retention_bytes: 1_000_000_000 }])
  return name
}

export const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ key: null, value: Buffer.from(String(from + index)) }))

/** What a worker has written, by partition and offset. */
export type Store = Map<string, string>

/**
 * A worker per claim, as a pipeline has: poll, write by offset, commit. A record may come again until a commit behind
 * it was accepted; one that comes after that is noted as doubled.
 */
export async function work(log: Log, group: string, topic: string, store: Store, doubled: string[]) {
  const claims: Claim[] = []
  const failures: Error[] = []
  const accepted = new Map<number, number>()
  const run = async (consumer: Consumer, claim: Claim): Promise<void> => {
    for (;;) {
      try {
        const records = await consumer.poll(claim, { records_max: 500, bytes_max: 1e6, wait_ms: 500 })
        if (records.length === 0) continue
        for (const { offset, value } of records) {
          const key = `${claim.partition}/${offset}`
          if (offset < (accepted.get(claim.partition) ?? 0)) doubled.push(key)
          store.set(key, String(value))
        }
        const next = records.at(-1)!.offset + 1
        await consumer.commit(claim, { offset: next, metadata: '' })
        accepted.set(claim.partition, next)
      } catch (error) {
        if ((error as { code?: string }).code !== 'fenced') failures.push(error as Error)
        return
      }
    }
  }
  const consumer = await log.join(group, [topic], {
    onAssigned: (claim) => {
      claims.push(claim)
      void run(consumer, claim)
    },
    onRevoked: async () => {},
    onFailed: (error) => failures.push(error),
  })
  return { consumer, claims, failures }
}
