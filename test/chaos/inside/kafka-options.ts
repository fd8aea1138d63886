/** Stands in for `pipelines/log/kafka/options.ts`: a session and an answer are waited for as long as the harness wants. */

import { KAFKA_DEFAULTS, type KafkaLogOptions, kafkaSettings as real } from '../../../pipelines/log/kafka/options.ts'
import { told } from './told.ts'

export { KAFKA_DEFAULTS }

export function kafkaSettings(options: KafkaLogOptions) {
  const { session_timeout_ms } = told()
  return real({ ...options, session_timeout_ms, request_timeout_ms: session_timeout_ms })
}
