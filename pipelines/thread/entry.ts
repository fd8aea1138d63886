import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { parentPort } from 'node:worker_threads'
import { TOPICS } from '../../schemas/topics.ts'
import { steadyClock, systemClock, systemRandomBytes } from '../clock.ts'
import { openLogOf } from '../log/spec.ts'
import { startPipelines } from '../main.ts'
import { runRebuild } from '../rebuild/run.ts'
import { connectStore } from '../store/client.ts'
import { openTenants } from '../tenants/open.ts'
import { openVault } from '../vault/open.ts'
import { portLogger } from './port-logger.ts'
import { answerRebuilds } from './rebuilds.ts'
import type { PipelinesSpec, ThreadMessage, ThreadRequest } from './spec.ts'

/** The thread that runs the pipelines, so that decoding a backfill does not keep a request waiting. */
const say = (message: ThreadMessage) => parentPort!.postMessage(message)
const logger = portLogger(parentPort!)
const [spec] = (await once(parentPort!, 'message')) as [PipelinesSpec]

/** The pipelines write topics of their own, ingestion writes the events. */
const WRITES = [TOPICS.dead_letters.name, TOPICS.window_changes.name]

const store = connectStore(spec.store)
const vault = await openVault(spec.vault)
const tenants = await openTenants(spec.tenants)
const log = await openLogOf(spec.log, WRITES, systemClock, logger)
const runner = await startPipelines(
  {
    log,
    store,
    vault,
    tenants,
    clock: steadyClock,
    randomBytes: systemRandomBytes,
    logger,
    ...(spec.filter_file === undefined ? {} : { filter_file: spec.filter_file }),
    done({ claim, hi, output, records, took_ms }) {
      const rows = output.blocks.reduce((sum, block) => sum + block.rows, 0)
      say({ kind: 'batch', partition: claim.partition, hi, records, rows, took_ms })
    },
  },
  spec.runner,
)
runner.ended.catch((error: Error) => say({ kind: 'failed', message: error.message, stack: error.stack }))

const rebuild = answerRebuilds(parentPort!, (request, onStep, signal) =>
  runRebuild(
    { log, store, clock: steadyClock, now: systemClock, randomBytes: systemRandomBytes },
    request,
    onStep,
    signal,
  ),
)
parentPort!.on('message', async (message: ThreadRequest) => {
  if (message.kind !== 'stop') return rebuild(message)
  await runner.stop()
  await log.close()
  await vault.close()
  await tenants.close()
  await store.close()
  say({ kind: 'stopped' })
  parentPort!.close()
})
say({ kind: 'started' })
// The process may be killed before the thread ends, and what was compiled be lost.
flushCompileCache()
