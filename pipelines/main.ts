import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock, RandomBytes } from './clock.ts'
import { enginePipeline, FACTS } from './engine/pipeline.ts'
import { Bloom } from './identities/bloom.ts'
import { knownIdentities } from './identities/known.ts'
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
  /** Where the filter of known identities is kept between starts; nowhere when absent. */
  readonly filter_file?: string
}

/** Starts every pipeline of this process. One more pipeline is one more line here. */
export async function startPipelines(deps: PipelinesDeps, options: RunnerOptions = RUNNER_DEFAULTS): Promise<Runner> {
  const { clock, done, filter_file, log, logger, randomBytes, store, tenants, vault } = deps
  const newId = () => randomBytes(8).toString('hex')
  // What a rebuild had decided when its process died is finished before anybody reads or writes a window.
  await finishOpenRebuilds(
    { store, scope: FACTS, emit: emitTo(log), clock, sleep, newId },
    { isAlone: log.kind === 'embedded' },
  )
  const bloom = new Bloom(BLOOM_BYTES)
  const onFileError = (error: Error) => logger.warn(`the filter of known identities: ${error.message}`)
  const file = filter_file === undefined ? {} : { file: filter_file }
  const known = knownIdentities({ store, bloom, topic: FACTS.topic, onFileError, ...file })
  const runner = await startRunner(
    enginePipeline({
      store,
      vault,
      tenants,
      is_own_log: log.kind === 'embedded',
      bloom,
      known,
      cells_max: WINDOW_CELLS_MAX,
    }),
    { log, store, clock, sleep: (ms) => sleep(ms), newId, logger },
    options,
    {
      done(batch) {
        known.committed(batch.claim.partition, batch.hi, batch.records)
        done?.(batch)
      },
    },
  )
  return {
    ended: runner.ended,
    async stop() {
      await runner.stop()
      await known.close()
    },
  }
}

/** 25 million identities at about 1 % needless questions to the store. */
const BLOOM_BYTES = 32 * 1024 * 1024
/** Per partition, besides those of the batch under way; a cell takes about 600 bytes. */
const WINDOW_CELLS_MAX = 30_000
