import type { Clock } from '../clock.ts'
import type { Logger } from '../runner/options.ts'
import { keepRetention } from './embedded/keep-retention.ts'
import { type LogShare, openEmbeddedLog } from './embedded/open.ts'
import { openKafkaLog } from './kafka/open.ts'
import type { Log } from './port.ts'

/** What another thread of a process opens the same log with; plain data that may be posted to it. */
export type LogSpec =
  | { readonly kind: 'embedded'; readonly share: LogShare }
  | { readonly kind: 'kafka'; readonly brokers: string }

/**
 * @param writes  topics that this thread writes: on the embedded log no other thread may write them, or delete what is past
 *   their retention
 */
export async function openLogOf(spec: LogSpec, writes: readonly string[], clock: Clock, logger: Logger): Promise<Log> {
  if (spec.kind === 'embedded') {
    const log = await openEmbeddedLog({ share: spec.share, writes, clock })
    keepRetention(log, clock, (error) => logger.warn(`retention: ${error.message}`))
    return log
  }
  return openKafkaLog({
    brokers: spec.brokers,
    clientId: 'omnify-pipelines',
    clock,
    logger: (level, message) => level === 'warn' && logger.warn(message),
  })
}
