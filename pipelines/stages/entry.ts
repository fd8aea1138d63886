import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { parentPort } from 'node:worker_threads'
import { steadyClock, systemClock, systemRandomBytes } from '../clock.ts'
import { openLogOf } from '../log/spec.ts'
import { connectStore } from '../store/client.ts'
import { openTenants } from '../tenants/open.ts'
import { giveWay } from '../thread/give-way.ts'
import { portLogger } from '../thread/port-logger.ts'
import type { WorkerMessage, WorkerRequest } from '../thread/worker.ts'
import { openVault } from '../vault/open.ts'
import type { Vault } from '../vault/port.ts'
import { STAGE_TOPICS, STAGES } from './list.ts'
import { runStages } from './run.ts'
import type { StagesSpec } from './spec.ts'

/** The thread of the stages: a model that is fitted must keep neither a request nor a batch waiting. */
giveWay()
const say = (message: WorkerMessage) => parentPort!.postMessage(message)
const logger = portLogger(parentPort!)
const [spec] = (await once(parentPort!, 'message')) as [StagesSpec]

const store = connectStore(spec.store)
const tenants = await openTenants(spec.tenants)
const log = await openLogOf(spec.log, STAGE_TOPICS, systemClock, logger)
let opening: Promise<Vault> | undefined
const vault = () => {
  opening ??= openVault(spec.vault).catch((error) => {
    opening = undefined
    throw error
  })
  return opening
}
const stop = new AbortController()
const running = runStages(
  STAGES,
  {
    ...{ log, store, tenants, vault, logger },
    ...{ clock: systemClock, steady: steadyClock, randomBytes: systemRandomBytes },
    webhook_allow: spec.webhook_allow,
  },
  stop.signal,
).catch((error: Error) => say({ kind: 'failed', message: error.message, stack: error.stack }))

parentPort!.on('message', async (_message: WorkerRequest) => {
  stop.abort()
  await running
  await log.close()
  await tenants.close()
  await (await opening)?.close()
  await store.close()
  say({ kind: 'stopped' })
  parentPort!.close()
})
say({ kind: 'started' })
// The process may be killed before the thread ends, and what was compiled be lost.
flushCompileCache()
