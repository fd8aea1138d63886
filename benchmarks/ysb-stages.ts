import { join } from 'node:path'
import type { Consumer } from '../pipelines/log/port.ts'
import { RecordBatch } from '../pipelines/log/record-batch.ts'
import type { Block } from '../pipelines/runner/stage.ts'
import { FlatReader } from '../pipelines/streams/reader.ts'
import { StreamStage } from '../pipelines/streams/stage.ts'
import { createStreamTables } from '../pipelines/streams/tables.ts'
import { streamFields } from '../schemas/streams.ts'
import type { Bench, Benchmark } from './benchmark.ts'
import { type Filled, placeOf, withLog } from './streams/place.ts'
import { openKeys } from './support/door.ts'
import { rounded } from './support/statistics.ts'
import { openFreshStore, sayingLogger } from './support/stores.ts'
import { usageOf } from './support/usage.ts'
import { adsTable } from './ysb/input.ts'
import { type Input, prepareInput } from './ysb/source.ts'
import { ysbStream } from './ysb/spec.ts'

/** What each stage of `ysb` costs by itself, one after the other: the limit of the machine for each. */
export const ysbStages: Benchmark = {
  name: 'ysb-stages',
  about: 'each stage of `ysb` alone, over the same records in memory: µs of processor time per event',
  sizes: { events: 500_000 },
  smoke: { events: 8_000 },
  goals: [],
  shows: ['insert_facts_events_per_s'],
  breaks_down: 'us_per_event_by_stage',
  async run(bench) {
    const stages: Record<string, number | null> = {}
    const source = { kind: 'own', events: bench.size('events') } as const
    const input = await prepareInput(bench, (await placeOf(bench, 'embedded')) as Input['place'], source)
    const read = await readAll(input)
    stages['read, embedded log'] = read.us
    const kafka = await placeOf(bench, 'kafka')
    if (typeof kafka === 'string') bench.say(`NOT RUN: no Apache Kafka (${kafka})`)
    stages['read, Kafka'] =
      typeof kafka === 'string' ? null : (await readAll(await prepareInput(bench, kafka, source))).us
    bench.say('decoding, windows, columns')
    stages['decode and validate'] = decode(read.batches, input)
    const windows = await transform(bench, read.batches, input, false)
    stages['windows, with decoding'] = windows.us
    const facts = await transform(bench, read.batches, input, true)
    stages['windows and columns of facts, with decoding'] = facts.us
    bench.say('inserting facts from memory')
    const inserted = await insert(bench, facts.blocks, input)
    stages['insert of facts, sending'] = inserted.us_client
    stages['insert of facts, the store'] = inserted.us_store
    return {
      events: input.events,
      us_per_event_by_stage: stages,
      insert_facts_events_per_s: Math.round(input.events / inserted.seconds),
    }
  },
}

/** Everything on a topic through a member of a group, in batches as the runner cuts them. */
async function readAll({ ends, events, place, topic }: Filled) {
  return withLog(place, async (log) => {
    const batches: RecordBatch[] = []
    const [done, member] = [Promise.withResolvers<void>(), Promise.withResolvers<Consumer>()]
    let left = ends.length
    const before = process.cpuUsage()
    const consumer = await log.join('bench.read', [topic], {
      onAssigned(claim) {
        const work = async () => {
          for (let position = 0; position < ends[claim.partition]!; ) {
            const batch = new RecordBatch()
            for (let taken = 1; taken > 0 && batch.length < BATCH; ) {
              const options = { records_max: BATCH - batch.length, bytes_max: 64e6, wait_ms: 1_000 }
              taken = await (await member.promise).fill(claim, options, batch)
              if (taken > 0) position = batch.offsetOf(batch.length - 1) + 1
              if (position >= ends[claim.partition]!) break
            }
            batches.push(batch)
          }
          if (--left === 0) done.resolve()
        }
        work().catch(done.reject)
      },
      async onRevoked() {},
      onFailed: done.reject,
    })
    member.resolve(consumer)
    await done.promise
    const us = usSince(before, events)
    await consumer.close()
    return { us, batches }
  })
}

/** Finding the fields in the bytes, without anything made of them. */
function decode(batches: readonly RecordBatch[], input: Input): number {
  const fields = streamFields(ysbStream({ name: 'decode', topic: input.topic, ads: input.ads, facts: true }))
  const once = () => {
    const reader = new FlatReader(fields)
    for (const batch of batches) {
      for (let n = 0; n < batch.length; n++) {
        const wrong = reader.read(batch.sourceAt(n), batch.valueStart(n), batch.valueEnd(n))
        if (wrong !== undefined) throw new Error(`a record was not read: ${wrong.reason}`)
      }
    }
  }
  once()
  const before = process.cpuUsage()
  once()
  return usSince(before, input.events)
}

/** From records to the blocks that would be inserted. */
async function transform(bench: Bench, batches: readonly RecordBatch[], input: Input, facts: boolean) {
  const stream = ysbStream({ name: 'transform', topic: input.topic, ads: adsTable(), facts })
  await using keys = await openKeys(join(bench.dir, 'home'))
  await using store = await openFreshStore(join(bench.dir, `store-${facts}`), sayingLogger(bench.say))
  await createStreamTables(store.store, stream)
  const deps = { store: store.store, vault: keys.vault, cells_max: 100_000 }
  const once = async () => {
    const blocks: Block[] = []
    const claim = { topic: input.topic, partition: 0, generation: 1 }
    const writer = { pipeline: stream.name, topic: input.topic, partition: 0, name: 'bench' }
    const present = { size: 0, has: () => false }
    const place = {
      claim,
      writer,
      generation: 1,
      committed: 0,
      present,
      poisoned: new Map(),
      emit: async () => undefined,
    }
    const stage = new StreamStage(stream, place, deps)
    for (const batch of batches) {
      blocks.push(...(await stage.transform(batch)).blocks.filter(({ rows }) => rows > 0))
      stage.committed()
    }
    return blocks
  }
  await once()
  const before = process.cpuUsage()
  const blocks = await once()
  return { us: usSince(before, input.events), blocks }
}

/** Blocks of facts into a fresh store, two inserts at a time: no log, no fence, no token. */
async function insert(bench: Bench, blocks: readonly Block[], input: Input) {
  const stream = ysbStream({ name: 'insert', topic: input.topic, ads: adsTable(), facts: true })
  await using store = await openFreshStore(join(bench.dir, 'store-insert'), sayingLogger(bench.say))
  await createStreamTables(store.store, stream)
  const queue = blocks.filter(({ table }) => table.name === stream.facts[0]!.table).values()
  const [cpu, used] = [process.cpuUsage(), await usageOf(store.pid)]
  const begun = performance.now()
  const writer = async () => {
    for (const { body, table } of queue) {
      const names = table.columns.map(({ name }) => name).join(', ')
      await store.store.insertNative(`INSERT INTO ${table.name} (${names}) FORMAT Native`, body)
    }
  }
  await Promise.all([writer(), writer()])
  const seconds = (performance.now() - begun) / 1000
  const after = await usageOf(store.pid)
  const us_store = used === null || after === null ? null : ((after.cpu_s - used.cpu_s) * 1e6) / input.events
  return { seconds, us_client: usSince(cpu, input.events), us_store: rounded(us_store, 2) }
}

function usSince(before: NodeJS.CpuUsage, events: number): number {
  const { system, user } = process.cpuUsage(before)
  return rounded((user + system) / events, 2)
}

/** Of one partition: as many as the runner takes. */
const BATCH = 100_000
