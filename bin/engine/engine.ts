import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Acceptor } from '../../ingest/accept.ts'
import { makeAcceptor } from '../../ingest/accepting.ts'
import { type Duplicates, makeDuplicates } from '../../ingest/duplicates.ts'
import { ENTRY_WORDS } from '../../ingest/recent-contents.ts'
import { makeRejecter, type Rejecter } from '../../ingest/rejecting.ts'
import { steadyClock, systemClock, systemRandomBytes } from '../../pipelines/clock.ts'
import { Bloom } from '../../pipelines/identities/bloom.ts'
import { keepRetention } from '../../pipelines/log/embedded/keep-retention.ts'
import type { EmbeddedLog } from '../../pipelines/log/embedded/open.ts'
import type { Log } from '../../pipelines/log/port.ts'
import { runRebuild } from '../../pipelines/rebuild/run.ts'
import { type Logger, RUNNER_DEFAULTS } from '../../pipelines/runner/options.ts'
import type { Runner } from '../../pipelines/runner/runner.ts'
import { loadStagesThread } from '../../pipelines/stages/start.ts'
import type { Store } from '../../pipelines/store/client.ts'
import { openTenants } from '../../pipelines/tenants/open.ts'
import type { Tenants } from '../../pipelines/tenants/port.ts'
import type { Rebuild } from '../../pipelines/thread/rebuilds.ts'
import { loadPipelinesThread, type ThreadBatch } from '../../pipelines/thread/start.ts'
import { openVault } from '../../pipelines/vault/open.ts'
import type { Vault } from '../../pipelines/vault/port.ts'
import { TOPICS } from '../../schemas/topics.ts'
import type { Config } from '../config.ts'
import { keyPlaces } from '../key-places.ts'
import { tokenOptions } from '../settings/identity.ts'
import { prepareHome } from './home.ts'
import { type OpenLog, openLog } from './log.ts'
import { givingWay, type OpenStore, openStore } from './store.ts'
import { bothStarted } from './threads.ts'

/** Everything of one process, opened in the order in which things need each other and closed in the opposite one. */
export type Engine = {
  readonly config: Config
  readonly log: Log
  readonly openLog: OpenLog
  readonly store: Store
  readonly openStore: OpenStore
  readonly vault: Vault
  readonly tenants: Tenants
  readonly acceptor: Acceptor
  readonly rejecter: Rejecter
  /** An acceptor for those who do not want to be told about duplicates: the pipeline drops them all the same. */
  readonly feeder: Acceptor
  /** Rejects when the engine cannot go on by itself. */
  readonly ended: Promise<void>
  /** Resolves when the facts pipeline has committed everything before these offsets of the events topic. */
  visible(ends: readonly number[]): Promise<void>
  /** Recomputes what the main pipeline derives from its facts. */
  readonly rebuild: Rebuild
  /** Share of the log's disk that is free, 0 to 1. Always 1 with Kafka: its disks are not ours to see. */
  diskFree(): Promise<number>
  stop(): Promise<void>
}

/** What one process does. Without Kafka it does all of it. */
export type Role = 'ingest' | 'pipelines' | 'query'
export const ALL_ROLES: readonly Role[] = ['ingest', 'pipelines', 'query']

export type EngineHooks = { readonly onBatch?: (batch: ThreadBatch) => void }

export async function startEngine(
  config: Config,
  logger: Logger,
  roles: readonly Role[],
  hooks: EngineHooks = {},
): Promise<Engine> {
  const closing: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    await prepareHome(config.home)
    // Their modules are loaded while the store starts.
    const threads = roles.includes('pipelines')
      ? { pipelines: loadPipelinesThread(logger, hooks.onBatch), stages: loadStagesThread(logger) }
      : undefined
    if (threads !== undefined) closing.push(() => Promise.all([threads.pipelines.stop(), threads.stages.stop()]))
    const opened = await openLog(config, logger)
    closing.push(() => opened.log.close())
    const openedStore = await openStore(config, logger)
    closing.push(() => openedStore.stop())
    const { log } = opened
    const { store } = openedStore

    const places = keyPlaces(config, openedStore.access)
    const vault = await openVault(places.vault)
    closing.push(() => vault.close())
    const tenants = await withTokens(config, await openTenants(places.tenants), logger)
    closing.push(() => tenants.close())

    // With Kafka other processes take events too: what one of them has kept is of little use to the next.
    const filter_file = log.kind === 'embedded' ? { filter_file: join(config.home, FILTER_FILE) } : {}
    const shared = { log: opened.spec(), store: openedStore.access, vault: places.vault, tenants: places.tenants }
    const [pipelines, stages] =
      threads === undefined
        ? []
        : await bothStarted(
            threads.pipelines.start({ ...shared, runner: RUNNER_DEFAULTS, ...filter_file }),
            threads.stages.start({ ...shared, store: givingWay(openedStore), webhook_allow: config.webhookAllow }),
          )
    closing.push(() => Promise.all([pipelines?.stop(), stages?.stop()]))
    if (opened.embedded !== undefined) {
      keepRetention(opened.embedded, systemClock, (error) => logger.warn(`retention: ${error.message}`))
    }

    const partitions = await log.partitions(TOPICS.events.name)
    const duplicates = makeDuplicates({
      store,
      bloom: log.kind === 'embedded' ? new Bloom() : undefined,
      topic: TOPICS.events.name,
      partitions,
      clock: steadyClock,
      ...filter_file,
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
      tenants,
      acceptor,
      rejecter: makeRejecter({ log, vault, topic: TOPICS.events.name, partitions }),
      feeder: makeAcceptor({
        log,
        vault,
        clock: systemClock,
        duplicates: leftToThePipeline(duplicates),
        topic: TOPICS.events.name,
        partitions,
      }),
      ended: endOf([pipelines, stages], opened.embedded),
      visible: (ends) => waitForGroup(log, ends),
      // Without pipelines here the log is Kafka, where any process may write any topic.
      rebuild:
        pipelines?.rebuild ??
        ((request, onStep, signal) =>
          runRebuild(
            { log, store, clock: steadyClock, now: systemClock, randomBytes: systemRandomBytes },
            request,
            onStep,
            signal,
          )),
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

/** JWTs beside API keys, where an issuer is configured; else their library is not even loaded. */
async function withTokens(config: Config, tenants: Tenants, logger: Logger): Promise<Tenants> {
  const options = tokenOptions(config)
  if (options === undefined) return tenants
  const { acceptTokens } = await import('../../pipelines/tenants/tokens/accept.ts')
  return acceptTokens(tenants, options, { onTrouble: (text) => logger.warn(text) })
}

/**
 * When the pipelines or the stages end, or the log fails under this thread: with nothing to work on the pipelines would not notice, and
 * the process would refuse events for ever.
 */
function endOf(threads: readonly (Pick<Runner, 'ended'> | undefined)[], log: EmbeddedLog | undefined): Promise<void> {
  const never = new Promise<never>(() => {})
  const failed = log?.failed.then((error) => {
    throw error
  })
  const ended = Promise.race([...threads.map((thread) => thread?.ended ?? never), failed ?? never])
  // Its owner may look at it late.
  ended.catch(() => undefined)
  return ended
}

/** Looks nothing up, but remembers, so that those who do look know what was fed. */
function leftToThePipeline(duplicates: Duplicates): Duplicates {
  return { ...duplicates, find: async (_tenant, entries) => new Uint8Array(entries.length / ENTRY_WORDS) }
}

/** The filter of known identities between starts: may be deleted, which makes the next start slower. */
const FILTER_FILE = 'identities.filter'

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

/**
 * Where this process can be reached, for the commands of this machine: `engine.json` is the process that takes events
 * in, any other role leaves a note under its own name.
 */
export async function announce(
  home: string,
  roles: readonly Role[],
  address: { readonly host: string; readonly port: number },
): Promise<() => Promise<void>> {
  const file = join(home, roles.includes('ingest') ? 'engine.json' : `engine-${roles.join('-')}.json`)
  await writeFile(file, JSON.stringify({ pid: process.pid, ...address }), { mode: 0o600 })
  return () => rm(file, { force: true })
}
