import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { steadyClock, systemClock, systemRandomBytes } from '../../pipelines/clock.ts'
import { openEmbeddedLog } from '../../pipelines/log/embedded/open.ts'
import { openKafkaLog } from '../../pipelines/log/kafka/open.ts'
import type { Consumer, Log } from '../../pipelines/log/port.ts'
import { startRunner } from '../../pipelines/runner/runner.ts'
import { connectStore } from '../../pipelines/store/client.ts'
import { STREAM_RUNNER, streamPipeline } from '../../pipelines/streams/pipeline.ts'
import { openVault } from '../../pipelines/vault/open.ts'
import { TOPICS } from '../../schemas/topics.ts'
import type { ThreadJob, ThreadSays } from './job.ts'

/** A thread that runs one declared stream with the product's own parts; it only looks at the clock besides. */
const job = workerData as ThreadJob
const say = (message: ThreadSays) => parentPort!.postMessage(message)
const tell = (text: string) => say({ kind: 'log', text })

const store = connectStore(job.store)
const vault = await openVault(job.vault)
const log = timed(await openLog())
const runner = await startRunner(
  streamPipeline(job.stream, { store, vault, cells_max: 100_000 }),
  {
    log,
    store,
    clock: steadyClock,
    sleep: (ms) => sleep(ms),
    newId: () => systemRandomBytes(8).toString('hex'),
    logger: { info: () => undefined, warn: tell, error: tell },
  },
  STREAM_RUNNER,
  {
    done({ claim, hi, output, records }) {
      const rows = output.blocks.reduce((sum, block) => sum + block.rows, 0)
      say({ kind: 'batch', partition: claim.partition, hi, records, rows, at_ms: steadyClock() })
    },
  },
)
runner.ended.catch((error: Error) => say({ kind: 'failed', message: String(error.stack) }))
parentPort!.once('message', async () => {
  await runner.stop()
  await log.close()
  await vault.close()
  await store.close()
  say({ kind: 'stopped' })
  parentPort!.close()
})
say({ kind: 'started' })

function openLog(): Promise<Log> {
  if (job.log.kind === 'embedded') {
    const { part, share } = job.log
    // One thread writes a topic: a dead letter in another ends the benchmark, whose events have none.
    return openEmbeddedLog({
      share,
      part,
      writes: part.index === 0 ? [TOPICS.dead_letters.name] : [],
      clock: systemClock,
    })
  }
  return openKafkaLog({ brokers: job.log.brokers, clientId: 'omnify-streams', clock: systemClock })
}

/** Says when fetching begins: with a poll on the embedded log, with the assignment on Kafka, which fetches ahead. */
function timed(opened: Log): Log {
  let said = false
  const fetching = () => {
    if (!said) say({ kind: 'fetching', at_ms: steadyClock() })
    said = true
  }
  return {
    ...bound(opened),
    async join(group, topics, handlers) {
      const consumer = await opened.join(group, topics, {
        ...handlers,
        onAssigned(claim) {
          if (opened.kind === 'kafka') fetching()
          handlers.onAssigned(claim)
        },
      })
      const fill: Consumer['fill'] = (...args) => {
        fetching()
        return consumer.fill(...args)
      }
      return { ...consumer, fill }
    },
  }
}

/** A log may be an instance of a class, whose methods a spread would leave behind. */
function bound(opened: Log): Log {
  return {
    kind: opened.kind,
    ensureTopics: (specs) => opened.ensureTopics(specs),
    partitions: (topic) => opened.partitions(topic),
    append: (topic, partition, records) => opened.append(topic, partition, records),
    bounds: (topic) => opened.bounds(topic),
    groupOffsets: (group, topic) => opened.groupOffsets(group, topic),
    join: (group, topics, handlers) => opened.join(group, topics, handlers),
    read: (topic, partition, offset, options) => opened.read(topic, partition, offset, options),
    close: () => opened.close(),
  }
}
