import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock, RandomBytes } from './clock.ts'
import { enginePipeline, FACTS } from './engine/pipeline.ts'
import { Bloom } from './identities/bloom.ts'
import type { Log } from './log/port.ts'
import { finishOpenRebuilds } from './rebuild/recover.ts'
import { emitTo } from './rebuild/run.ts'
import type { DoneBatch } from './runner/claim.ts'
import { type Logger, RUNNER_DEFAULTS, type RunnerOptions } from './runner/options.ts'
import { type Runner, startRunner } from './runner/runner.ts'
import type { Store } from './store/client.ts'
import type { Tenants } from './tenants/port.ts'
import type { Vault } from './vault/port.ts'

export type PipelinesDeps = {
  readonly log: Log
  readonly store: Store
  readonly vault: Vault
  readonly tenants: Tenants
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly logger: Logger
  readonly done?: (batch: DoneBatch) => void
}

/** Starts every pipeline of this process. One more pipeline is one more line here. */
export async function startPipelines(deps: PipelinesDeps, options: RunnerOptions = RUNNER_DEFAULTS): Promise<Runner> {
  const { clock, done, log, logger, randomBytes, store, tenants, vault } = deps
  const newId = () => randomBytes(8).toString('hex')
  // What a rebuild had decided when its process died is finished before anybody reads or writes a window.
  await finishOpenRebuilds(
    { store, scope: FACTS, emit: emitTo(log), clock, sleep, newId },
    { isAlone: log.kind === 'embedded' },
  )
  return startRunner(
    enginePipeline({
      store,
      vault,
      tenants,
      is_own_log: log.kind === 'embedded',
      bloom: new Bloom(BLOOM_BYTES),
      cells_max: WINDOW_CELLS_MAX,
    }),
    { log, store, clock, sleep: (ms) => sleep(ms), newId, logger },
    options,
    done === undefined ? {} : { done },
  )
}

/** 25 million identities at about 1 % needless questions to the store. */
const BLOOM_BYTES = 32 * 1024 * 1024
/** Per partition, besides those of the batch under way; a cell takes about 600 bytes. */
const WINDOW_CELLS_MAX = 30_000
