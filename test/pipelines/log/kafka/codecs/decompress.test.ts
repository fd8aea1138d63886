/** Real bytes: the broker compresses what it stores as the topic's `compression.type` says, with Java's libraries. */

import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../../../pipelines/clock.ts'
import { createCluster } from '../../../../../pipelines/log/kafka/cluster.ts'
import { decompress } from '../../../../../pipelines/log/kafka/codecs/decompress.ts'
import { openKafkaLog } from '../../../../../pipelines/log/kafka/open.ts'
import { kafkaSettings } from '../../../../../pipelines/log/kafka/options.ts'
import { kafkaOrSkip } from '../../../../support/kafka-shared.ts'

const brokers = await kafkaOrSkip('decoding of compressed batches')
const options = { brokers: brokers ?? '', clientId: 'omnify-test', clock: systemClock }

describe.skipIf(brokers === null)('batches compressed by the broker', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('%s', async (codec) => {
    const topic = `codec-${codec}-${randomUUID()}`
    const cluster = createCluster(kafkaSettings(options))
    const configEntries = [{ name: 'compression.type', value: codec }]
    await (await cluster.any()).call('CreateTopics', {
      topics: [{ topic, numPartitions: 1, configEntries }],
      timeout: 10_000,
    })
    cluster.close()
    const log = await openKafkaLog(options)
    await log.ensureTopics([{ name: topic, partitions: 1, retention_ms: 1e9, retention_bytes: 1e9 }])
    const values = [
      ...compressible(),
      ...fc.sample(fc.uint8Array({ minLength: 200, maxLength: 900 }), { numRuns: 300, seed: 5 }),
    ]
    await log.append(
      topic,
      0,
      values.map((value) => ({ key: Buffer.from('key'), value: Buffer.from(value) })),
    )
    const records = await log.read(topic, 0, 0, { records_max: values.length, bytes_max: 1e8, wait_ms: 5_000 })
    expect(records).toHaveLength(values.length)
    records.forEach((record, index) => void expect(record.value?.equals(Buffer.from(values[index]!))).toBe(true))
    await log.close()
  })
})

describe('damaged bytes', () => {
  it.each([1, 2, 3, 4])('codec %i answers log_corrupt, whatever comes', (codec) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decompress(codec, Buffer.from(bytes))
        } catch (error) {
          expect(error).toMatchObject({ name: 'LogError', code: 'log_corrupt' })
        }
      }),
    )
  })

  it('refuses a small batch that would become huge', () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000))
    expect(() => decompress(1, bomb)).toThrow(expect.objectContaining({ code: 'log_corrupt' }))
    // Snappy: a length of 2^31 - 1, then nothing.
    expect(() => decompress(2, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07]))).toThrow(/limit/)
  })

  it('names a compression that it does not know', () => {
    expect(() => decompress(5, Buffer.alloc(1))).toThrow(expect.objectContaining({ code: 'format_too_new' }))
  })
})

/** Runs, repeats far back and over 64 KB, so that every kind of match occurs. */
function* compressible(): Generator<Buffer> {
  yield Buffer.alloc(200_000, 'a')
  yield Buffer.from('omnify '.repeat(20_000))
  yield Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 2_654_435_761) >>> 24))
  yield Buffer.from(
    JSON.stringify(Array.from({ length: 2_000 }, (_, index) => ({ id: index, type: 'order.observed' }))),
  )
  yield Buffer.alloc(0)
}
