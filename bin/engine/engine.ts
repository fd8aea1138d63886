import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Acceptor } from '../../ingest/accept.ts'
import { makeAcceptor } from '../../ingest/accepting.ts'
import { makeDuplicates } from '../../ingest/duplicates.ts'
import { systemClock } from '../../pipelines/clock.ts'
import { Bloom } from '../../pipelines/identities/bloom.ts'
import type { Log } from '../../pipelines/log/port.ts'
import { type Logger, RUNNER_DEFAULTS } from '../../pipelines/runner/options.ts'
import type { Store } from '../../pipelines/store/client.ts'
import { openTenants } from '../../pipelines/tenants/open.ts'
import type { Tenants } from '../../pipelines/tenants/port.ts'
import { startPipelinesThread, type ThreadBatch } from '../../pipelines/thread/start.ts'
import { openVault, type VaultOptions } from '../../pipelines/vault/open.ts'
import type { Vault } from '../../pipelines/vault/port.ts'
import { TOPICS } from '../../schemas/topics.ts'
import type { Config } from '../config.ts'
import { prepareHome } from './home.ts'
import { type OpenLog, openLog } from './log.ts'
import { type OpenStore, openStore } from './store.ts'

/** Everything of one process, opened in the order in which things need each other and closed in the opposite one. */
export type Engine = {
  readonly config: Config
  readonly log: Log
  readonly openLog: OpenLog
  readonly store: Store
  readonly openStore: OpenStore
  readonly vault: Vault
  readonly vaultOptions: VaultOptions
  readonly tenants: Tenants
  readonly acceptor: Acceptor
  /** Rejects when the engine cannot go on by itself. */
  readonly ended: Promise<void>
  /** Resolves when the facts pipeline has committed everything before these offsets of the events topic. */
  visible(ends: readonly number[]): Promise<void>
  /** Share of the log's disk that is free, 0 to 1. Always 1 with Kafka: its disks are not ours to see. */
  diskFree(): Promise<number>
  stop(): Promise<void>
}

export type EngineHooks = { readonly onBatch?: (batch: ThreadBatch) => void }

export async function startEngine(config: Config, logger: Logger, hooks: EngineHooks = {}): Promise<Engine> {
  const closing: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    await prepareHome(config.home)
    const opened = await openLog(config, logger)
    closing.push(() => opened.log.close())
    const openedStore = await openStore(config, logger)
    closing.push(() => openedStore.stop())
    const { log } = opened
    const { store } = openedStore

    const vaultOptions: VaultOptions = { key_file: config.keyFile, keys: { kind: 'embedded', home: config.home } }
    const vault = await openVault(vaultOptions)
    closing.push(() => vault.close())
    const tenantsOptions = { kind: 'embedded', home: config.home } as const
    const tenants = await openTenants(tenantsOptions)
    closing.push(() => tenants.close())

    const pipelines = await startPipelinesThread(
      {
        log: opened.spec(),
        store: openedStore.access,
        vault: vaultOptions,
        tenants: tenantsOptions,
        runner: RUNNER_DEFAULTS,
      },
      logger,
      hooks.onBatch,
    )
    closing.push(() => pipelines.stop())

    const partitions = await log.partitions(TOPICS.events.name)
    const duplicates = makeDuplicates({
      store,
      bloom: log.kind === 'embedded' ? new Bloom() : undefined,
      topic: TOPICS.events.name,
      partitions,
      clock: systemClock,
      onStoreError: (error) => logger.warn(`duplicates are not looked up for a while: ${error.message}`),
    })
    closing.push(async () => duplicates.close())
    const acceptor = makeAcceptor({ log, vault, clock: systemClock, duplicates, topic: TOPICS.events.name, partitions })

    return {
      config,
      log,
      openLog: opened,
      store,
      openStore: openedStore,
      vault,
      vaultOptions,
      tenants,
      acceptor,
      ended: pipelines.ended,
      visible: (ends) => waitForGroup(log, ends),
      async diskFree() {
        return opened.embedded === undefined ? 1 : (await opened.embedded.diskFree()).free_ratio
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The main pipeline's group: what it has committed can be queried. */
export const FACTS_GROUP = 'omnify.facts'

async function waitForGroup(log: Log, ends: readonly number[]): Promise<void> {
  for (;;) {
    const places = await log.groupOffsets(FACTS_GROUP, TOPICS.events.name)
    if (ends.every((end, partition) => end === 0 || (places[partition]?.offset ?? -1) >= end)) return
    await new Promise((resolve) => setTimeout(resolve, VISIBLE_POLL_MS))
  }
}

const VISIBLE_POLL_MS = 25

/** Where a running engine of this home can be reached, for the commands that talk to it. */
export async function announce(
  home: string,
  address: { readonly host: string; readonly port: number },
): Promise<() => Promise<void>> {
  const file = join(home, 'engine.json')
  await writeFile(file, JSON.stringify({ pid: process.pid, ...address }), { mode: 0o600 })
  return () => rm(file, { force: true })
}
