/** Stands in for `pipelines/log/kafka/options.ts`: sessions as short as the harness wants to wait for. */

import { KAFKA_DEFAULTS, type KafkaLogOptions, kafkaSettings as real } from '../../../pipelines/log/kafka/options.ts'
import { told } from './told.ts'

export { KAFKA_DEFAULTS }

export function kafkaSettings(options: KafkaLogOptions) {
  return real({ ...options, session_timeout_ms: told().session_timeout_ms })
}
