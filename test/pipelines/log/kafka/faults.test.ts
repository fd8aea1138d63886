/** A broker of our own behind a proxy: killed, silent, and with its answers lost. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Log } from '../../../../pipelines/log/port.ts'
import { type Broker, startBroker, whyNoBroker } from '../../../support/kafka-broker.ts'
import { freePort } from '../../../support/kafka-process.ts'
import { skipLoudly } from '../../../support/kafka-shared.ts'
import { type FaultyProxy, startProxy } from '../../../support/tcp-proxy.ts'
import { newTopic, numbered, open, type Store, work } from './support.ts'

const absent = whyNoBroker()
if (absent !== null) skipLoudly('faults of a Kafka broker', absent)
/** A broker on a busy machine may take half a minute to come back. */
const QUICK = {
  session_timeout_ms: 2_000,
  request_timeout_ms: 1_500,
  backoff_max_ms: 500,
  unavailable_after_ms: 60_000,
}
const KILL_TIMEOUT_MS = 150_000

describe.skipIf(absent !== null)('a Kafka broker that fails', () => {
  let broker: Broker
  let proxy: FaultyProxy
  let log: Log
  let brokers: string
  beforeAll(async () => {
    const port = await freePort()
    brokers = `127.0.0.1:${port}`
    broker = await startBroker({ properties: { 'advertised.listeners': `PLAINTEXT://${brokers}` } })
    proxy = await startProxy(port, Number(broker.brokers.split(':')[1]))
    log = await open(brokers, QUICK)
  })
  afterAll(async () => {
    await log?.close()
    await proxy?.close()
    await broker?.stop()
  })

  const values = async (topic: string, count: number) =>
    (await log.read(topic, 0, 0, { records_max: count + 1_000, bytes_max: 1e9, wait_ms: 0 })).map((each) =>
      Number(each.value),
    )

  it('writes nothing twice and keeps the order when answers are lost', async () => {
    const topic = await newTopic(log)
    const appends: Promise<number>[] = []
    for (let from = 0; from < 4_000; from += 40) {
      appends.push(log.append(topic, 0, numbered(from, from + 40)))
      if (from % 800 === 0) proxy.loseNext = true
      await new Promise((resolve) => setTimeout(resolve, from % 800 === 0 ? 250 : 2))
    }
    const offsets = await Promise.all(appends)
    expect(proxy.lost()).toBeGreaterThanOrEqual(4)
    expect(offsets).toEqual(offsets.map((_, index) => index * 40))
    expect(await values(topic, 4_000)).toEqual(Array.from({ length: 4_000 }, (_, index) => index))
  })

  it('is waited for: killed in the middle of appending and consuming, nothing is lost or doubled', {
    timeout: KILL_TIMEOUT_MS,
  }, async () => {
    const topic = await newTopic(log, 2)
    const store: Store = new Map()
    const doubled: string[] = []
    const worker = await work(log, topic, topic, store, doubled)
    let next = 0
    let stop = false
    const appending = Promise.all(
      [0, 1].map(async (partition) => {
        while (!stop) {
          const from = next
          next = from + 50
          await log.append(topic, partition, numbered(from, from + 50))
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      }),
    )
    await vi.waitFor(() => expect(store.size).toBeGreaterThan(500), 60_000)
    await broker.kill()
    await new Promise((resolve) => setTimeout(resolve, 500))
    await broker.restart()
    const before = store.size
    await vi.waitFor(() => expect(store.size).toBeGreaterThan(before + 500), 60_000)
    stop = true
    await appending
    await vi.waitFor(() => expect(store.size).toBe(next), 60_000)
    expect([...store.values()].map(Number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: next }, (_, index) => index),
    )
    expect(doubled).toEqual([])
    expect(worker.failures).toEqual([])
    await worker.consumer.close()
  })

  it('gives log_slow when too much waits, log_unavailable when its time is over, and goes on when it is back', async () => {
    const impatient = await open(brokers, { ...QUICK, unavailable_after_ms: 2_000, append_bytes_max: 1_000 })
    const topic = await newTopic(impatient)
    await impatient.append(topic, 0, numbered(0, 10))
    // Connections stay open and nobody answers: only a timeout tells.
    proxy.frozen = true
    const lost = impatient.append(topic, 0, [{ key: null, value: Buffer.alloc(900) }])
    await expect(impatient.append(topic, 0, [{ key: null, value: Buffer.alloc(200) }])).rejects.toMatchObject({
      code: 'log_slow',
    })
    await expect(lost).rejects.toMatchObject({ code: 'log_unavailable' })
    await expect(impatient.bounds(topic)).rejects.toMatchObject({ code: 'log_unavailable' })
    proxy.frozen = false
    // kafkajs would number these like the lost ones, and the broker would drop them as duplicates.
    await vi.waitFor(() => impatient.append(topic, 0, numbered(10, 20)), 60_000)
    const seen = (await values(topic, 30)).filter((value) => value > 0)
    expect(seen).toEqual(Array.from({ length: 19 }, (_, index) => index + 1))
    await impatient.close()
  })

  it('is refused as a clear error when it is not there at the start', async () => {
    const nobody = `127.0.0.1:${await freePort()}`
    await expect(open(nobody, { unavailable_after_ms: 300 })).rejects.toMatchObject({ code: 'log_unavailable' })
    await expect(open('nonsense')).rejects.toThrow(/host:port/)
  })

  it('is given up by a member after the stated number of failures, and not before', async () => {
    const own = await open(brokers, { ...QUICK, join_failures_max: 3, backoff_max_ms: 100 })
    const topic = await newTopic(own)
    const failed = Promise.withResolvers<Error>()
    const revoked: number[] = []
    const assigned = Promise.withResolvers<void>()
    const consumer = await own.join(topic, [topic], {
      onAssigned: () => assigned.resolve(),
      onRevoked: async ({ partition }) => void revoked.push(partition),
      onFailed: failed.resolve,
    })
    await assigned.promise
    proxy.down(true)
    expect(await failed.promise).toMatchObject({
      code: 'log_unavailable',
      message: expect.stringContaining('3 failures'),
    })
    expect(revoked).toEqual([0])
    await consumer.close()
    await own.close()
    proxy.down(false)
  })
})
