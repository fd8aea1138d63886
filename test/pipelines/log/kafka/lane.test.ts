/** What a lane does with the answers of a broker, against a scripted one. The real broker is in faults.test.ts. */

import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../../pipelines/clock.ts'
import type { Cluster } from '../../../../pipelines/log/kafka/cluster.ts'
import type { Node } from '../../../../pipelines/log/kafka/connection.ts'
import { Lane } from '../../../../pipelines/log/kafka/lane.ts'
import { kafkaSettings } from '../../../../pipelines/log/kafka/options.ts'
import type { AppendRecord } from '../../../../pipelines/log/port.ts'

type Seen = { readonly producer: bigint; readonly sequence: number; readonly records: number }
const LOST = 'lost'

/** Answers Produce requests with the given error codes, then with success; `lost` breaks the connection. */
function scripted(
  script: readonly (number | typeof LOST)[],
  limits: { batch_bytes_max?: number; unavailable_after_ms?: number } = {},
) {
  const seen: Seen[] = []
  let producers = 0
  let end = 100
  const node: Node = {
    address: { host: 'scripted', port: 1 },
    drop: () => {},
    call: async () => ({ producerId: String(++producers), producerEpoch: 0 }),
    send: async ({ request }) => {
      const { buffer } = await request.encode()
      // transaction acks timeout topics name partitions partition size, then the batch
      const batch = buffer.subarray(2 + 2 + 4 + 4 + 2 + 't'.length + 4 + 4 + 4)
      const records = batch.readInt32BE(57)
      seen.push({ producer: batch.readBigInt64BE(43), sequence: batch.readInt32BE(53), records })
      const answer = script[seen.length - 1] ?? 0
      if (answer === LOST) throw Object.assign(new Error('gone'), { name: 'KafkaJSConnectionClosedError' })
      if (answer !== 0) return { error: answer, base: -1 }
      end += records
      return { error: 0, base: end - records }
    },
  }
  const cluster = { leader: async () => node, forgetTopic: () => {} } as unknown as Cluster
  const settings = kafkaSettings({
    brokers: 'x:1',
    clientId: 'x',
    clock: systemClock,
    backoff_min_ms: 1,
    linger_ms: 1,
    ...limits,
  })
  return { lane: new Lane({ topic: 't', partition: 0 }, cluster, settings), seen }
}

const records = (count: number, bytes = 1): AppendRecord[] =>
  Array.from({ length: count }, () => ({ key: null, value: Buffer.alloc(bytes) }))

describe('a lane', () => {
  it('gathers appends in one request and numbers on', async () => {
    const { lane, seen } = scripted([])
    expect(await Promise.all([lane.append(records(2)), lane.append(records(3))])).toEqual([100, 102])
    expect(await lane.append(records(1))).toBe(105)
    expect(seen).toEqual([
      { producer: 1n, sequence: 0, records: 5 },
      { producer: 1n, sequence: 5, records: 1 },
    ])
  })

  it('sends a batch again with the same numbers when its answer was lost', async () => {
    const { lane, seen } = scripted([0, LOST, 7, 6])
    await lane.append(records(1))
    expect(await lane.append(records(2))).toBe(101)
    expect(seen.slice(1)).toEqual(Array(4).fill({ producer: 1n, sequence: 1, records: 2 }))
  })

  it.each([45, 47, 59])('takes a new producer id on error %i', async (code) => {
    const { lane, seen } = scripted([0, code])
    await lane.append(records(1))
    expect(await lane.append(records(1))).toBe(101)
    expect(seen.map(({ producer, sequence }) => [producer, sequence])).toEqual([
      [1n, 0],
      [1n, 1],
      [2n, 0],
    ])
  })

  it('does not send again what the broker calls a duplicate (46), says so, and goes on with a new producer id', async () => {
    const { lane, seen } = scripted([46])
    await expect(lane.append(records(1))).rejects.toMatchObject({ code: 'log_unavailable' })
    expect(await lane.append(records(1))).toBe(100)
    expect(seen.map((each) => each.producer)).toEqual([1n, 2n])
  })

  it('never numbers another batch like one that it gave up', async () => {
    const { lane, seen } = scripted(Array(200).fill(LOST), { unavailable_after_ms: 20 })
    await expect(lane.append(records(1))).rejects.toMatchObject({ code: 'log_unavailable' })
    await expect(lane.append(records(1))).rejects.toMatchObject({ code: 'log_unavailable' })
    const [first, last] = [seen[0]!, seen.at(-1)!]
    expect(last.producer).toBeGreaterThan(first.producer)
    for (const each of seen) expect(each.sequence).toBe(0)
  })

  it('splits what is too large for a request, and halves requests that the topic refuses', async () => {
    const { lane, seen } = scripted([], { batch_bytes_max: 1_000 })
    expect(await lane.append(records(10, 250))).toBe(100)
    expect(seen.map((each) => each.records)).toEqual([3, 3, 3, 1])
    const refused = scripted([10, 18], { batch_bytes_max: 10_000 })
    expect(await Promise.all([refused.lane.append(records(8, 1_000)), refused.lane.append(records(1))])).toEqual([
      100, 108,
    ])
    expect(refused.seen.map((each) => each.records)).toEqual([9, 4, 2, 2, 2, 3])
  })

  it('refuses a single record that the topic refuses', async () => {
    const { lane } = scripted([10])
    await expect(lane.append(records(1))).rejects.toMatchObject({ code: 'record_too_large' })
  })
})
