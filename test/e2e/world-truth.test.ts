import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { systemClock, systemRandomBytes } from '../../pipelines/clock.ts'
import { openEmbeddedLog } from '../../pipelines/log/embedded/open.ts'
import { openKafkaLog } from '../../pipelines/log/kafka/open.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { kafkaOrSkip } from '../support/kafka-shared.ts'
import { underPrefix } from './support/log-under-prefix.ts'
import { worldSuite } from './support/world-suite.ts'

worldSuite('memory', { seeds: [1, 2, 3, 4, 5, 6] })

const dirs: string[] = []
worldSuite('embedded', {
  seeds: [11, 12],
  async open() {
    const dir = await mkdtemp(join(tmpdir(), 'omnify-worlds-'))
    dirs.push(dir)
    const writes = Object.values(TOPICS).map(({ name }) => name)
    return openEmbeddedLog({ dir, writes, clock: systemClock })
  },
})
afterAll(async () => {
  for (const dir of dirs) await rm(dir, { recursive: true, force: true })
})

const brokers = await kafkaOrSkip('the worlds on Kafka')
describe.skipIf(brokers === null)('with a broker', () => {
  worldSuite('kafka', {
    seeds: [21, 22],
    async open() {
      const log = await openKafkaLog({ brokers: brokers!, clientId: 'omnify-worlds', clock: systemClock })
      return underPrefix(log, `worlds-${systemRandomBytes(4).toString('hex')}`)
    },
  })
})
