import { join } from 'node:path'
import { steadyClock, systemClock, systemRandomBytes } from '../../../../pipelines/clock.ts'
import { openEmbeddedLog } from '../../../../pipelines/log/embedded/open.ts'
import { startPipelines } from '../../../../pipelines/main.ts'
import type { RebuildRequest, RebuildStep } from '../../../../pipelines/rebuild/rebuild.ts'
import { runRebuild } from '../../../../pipelines/rebuild/run.ts'
import { RUNNER_DEFAULTS } from '../../../../pipelines/runner/options.ts'
import { connectStore, type StoreOptions } from '../../../../pipelines/store/client.ts'
import { openTenants } from '../../../../pipelines/tenants/open.ts'
import { openVault } from '../../../../pipelines/vault/open.ts'
import { TOPICS } from '../../../../schemas/topics.ts'

/** The pipelines of a home as a process of the engine has them: an embedded log of two partitions, a store elsewhere. */
export async function openRig(home: string, access: StoreOptions) {
  const store = connectStore(access)
  const vault = await openVault({ key_file: join(home, 'master.key'), keys: { kind: 'embedded', home } })
  const tenants = await openTenants({ kind: 'embedded', home })
  const log = await openEmbeddedLog({ dir: join(home, 'log'), writes: 'all', clock: systemClock })
  await log.ensureTopics(Object.values(TOPICS).map((spec) => ({ ...spec, partitions: Math.min(2, spec.partitions) })))
  const logger = { info() {}, warn() {}, error: console.error }
  const parts = { store, vault, tenants, log, randomBytes: systemRandomBytes, clock: steadyClock, logger }
  const runner = await startPipelines(parts, { ...RUNNER_DEFAULTS, linger_ms: 20, idle_ms: 50, backoff_max_ms: 200 })
  return {
    store,
    vault,
    log,
    rebuild: (request: RebuildRequest, onStep: (step: RebuildStep) => void = () => undefined) =>
      runRebuild({ ...parts, now: systemClock }, request, onStep, new AbortController().signal),
    async close() {
      await runner.stop()
      await log.close()
      await tenants.close()
      await vault.close()
      await store.close()
    },
  }
}
