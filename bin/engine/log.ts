import { join } from 'node:path'
import { systemClock } from '../../pipelines/clock.ts'
import { type EmbeddedLog, openEmbeddedLog } from '../../pipelines/log/embedded/open.ts'
import { openKafkaLog } from '../../pipelines/log/kafka/open.ts'
import type { Log } from '../../pipelines/log/port.ts'
import type { LogSpec } from '../../pipelines/log/spec.ts'
import type { Logger } from '../../pipelines/runner/options.ts'
import { TOPICS } from '../../schemas/topics.ts'
import type { Config } from '../config.ts'

export type OpenLog = {
  readonly log: Log
  readonly embedded: EmbeddedLog | undefined
  /** What other threads open the same log with. */
  spec(): LogSpec
}

/** The log of this configuration with its topics there. This thread writes the events and what users say. */
export async function openLog(config: Config, logger: Logger): Promise<OpenLog> {
  if (config.kafkaBrokers !== undefined) {
    const brokers = config.kafkaBrokers.join(',')
    const log = await openKafkaLog({
      brokers,
      clientId: 'omnify',
      clock: systemClock,
      logger: (level, message) => level === 'warn' && logger.warn(message),
    })
    await log.ensureTopics(Object.values(TOPICS))
    return { log, embedded: undefined, spec: () => ({ kind: 'kafka', brokers }) }
  }
  const log = await openEmbeddedLog({
    dir: join(config.home, 'log'),
    writes: [TOPICS.events.name, TOPICS.alert_commands.name, TOPICS.webhook_changes.name],
    clock: systemClock,
    min_free_ratio: DISK_FREE_RATIO_MIN,
  })
  await log.ensureTopics(
    Object.values(TOPICS).map((spec) =>
      spec.name === TOPICS.events.name ? { ...spec, partitions: EMBEDDED_PARTITIONS } : spec,
    ),
  )
  return { log, embedded: log, spec: () => ({ kind: 'embedded', share: log.share() }) }
}

/**
 * Of the events topic: one thread works on all of them, and what one has in the store while the other is decoded is all
 * that can be gained. More would only make smaller inserts.
 */
const EMBEDDED_PARTITIONS = 2

/** Below this the collector answers 503: the rest of the disk is for the pipelines, which must be able to go on. */
export const DISK_FREE_RATIO_MIN = 0.05
