import { describe } from 'vitest'
import { systemClock } from '../../../../pipelines/clock.ts'
import { openKafkaLog } from '../../../../pipelines/log/kafka/open.ts'
import { kafkaOrSkip } from '../../../support/kafka-shared.ts'
import { logContract } from '../contract.ts'

const brokers = await kafkaOrSkip('the log contract on Kafka')

describe.skipIf(brokers === null)('Kafka', () => {
  logContract('kafka', async () => {
    const options = { brokers: brokers!, clientId: 'omnify-test', clock: systemClock, session_timeout_ms: 6_000 }
    let log = await openKafkaLog(options)
    return {
      log,
      reopen: async () => {
        await log.close()
        log = await openKafkaLog(options)
        return log
      },
      close: () => log.close(),
      group_settle_ms: 60_000,
    }
  })
})
