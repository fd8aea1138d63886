import { TOPICS } from '../../schemas/topics.ts'
import type { Clock } from '../clock.ts'
import { openEmbeddedLog } from '../log/embedded/open.ts'
import { openKafkaLog } from '../log/kafka/open.ts'
import type { Log } from '../log/port.ts'
import type { Logger } from '../runner/options.ts'
import type { PipelinesSpec } from './spec.ts'

/** The log as the pipelines use it: they write their own topics, ingestion writes the events. */
export function openPipelinesLog(log: PipelinesSpec['log'], clock: Clock, logger: Logger): Promise<Log> {
  if (log.kind === 'kafka')
    return openKafkaLog({
      brokers: log.brokers,
      clientId: 'omnify-pipelines',
      clock,
      logger: (level, message) => level === 'warn' && logger.warn(message),
    })
  return openEmbeddedLog({
    share: log.share,
    writes: [TOPICS.dead_letters.name, TOPICS.window_changes.name],
    clock,
  })
}
