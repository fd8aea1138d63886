import { systemClock, systemRandomBytes } from '../../pipelines/clock.ts'
import type { Log } from '../../pipelines/log/port.ts'
import { startPipelines } from '../../pipelines/main.ts'
import type { Logger } from '../../pipelines/runner/options.ts'
import type { Block } from '../../pipelines/runner/stage.ts'
import { openTenants } from '../../pipelines/tenants/open.ts'
import type { Keys } from '../support/door.ts'
import type { FreshStore } from '../support/stores.ts'
import type { Filled } from './fill.ts'

/** The blocks of one batch of the pipeline. */
export type Captured = readonly Block[]

/**
 * Runs the pipeline once, in this thread, and keeps the very bodies that it inserts: with the engine's settings, so they
 * are cut as the engine cuts them.
 */
export async function capture(parts: {
  log: Log
  store: FreshStore
  keys: Keys
  filled: Filled
  logger: Logger
}): Promise<Captured[]> {
  const { filled, keys, log, logger, store } = parts
  const all = Promise.withResolvers<void>()
  const captured: Captured[] = []
  let records = 0
  const tenants = await openTenants(keys.places.tenants)
  const runner = await startPipelines({
    log,
    store: store.store,
    vault: keys.vault,
    tenants,
    clock: systemClock,
    randomBytes: systemRandomBytes,
    logger,
    done(batch) {
      // The stage writes its next batch over these bytes.
      captured.push(batch.output.blocks.map((block) => ({ ...block, body: Buffer.from(block.body) })))
      records += batch.records
      if (records >= filled.events) all.resolve()
    },
  })
  try {
    await Promise.race([all.promise, runner.ended])
    return captured
  } finally {
    await runner.stop()
    await tenants.close()
  }
}
