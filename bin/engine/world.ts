import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Acceptor, JsonEvents } from '../../ingest/accept.ts'
import { jsonWriter } from '../../ingest/json-events.ts'
import type { Injection } from '../../ingest/world/injection.ts'
import { type LiveWorld, startLive, worldTime } from '../../ingest/world/live.ts'
import type { WorldEvent } from '../../ingest/world/model.ts'
import { createWorld, type World } from '../../ingest/world/world.ts'
import type { Clock } from '../../pipelines/clock.ts'
import { LogError, type LogErrorCode } from '../../pipelines/log/port.ts'
import type { Logger } from '../../pipelines/runner/options.ts'
import type { Tenant } from '../../pipelines/tenants/port.ts'

/** What must survive a restart: how far the history was fed, the world's time, what was injected. All else is drawn again. */
type Progress = { readonly batches: number; readonly at_ms: number; readonly injections: readonly Injection[] }

export type WorldFeed = {
  readonly world: World
  /** Feeds the history that is not fed yet. Resolves with the number of events fed now. */
  history(onProgress: (events: number) => void, signal: AbortSignal): Promise<number>
  /** Goes on in accelerated time until the signal. */
  live(signal: AbortSignal): Promise<void>
  /** For `POST /v1/world/inject`; undefined until live time has begun. */
  inject(raw: unknown): Promise<ReturnType<LiveWorld['inject']> | undefined>
}

export async function openWorldFeed(
  home: string,
  name: string | number,
  tenant: Tenant,
  acceptor: Acceptor,
  clock: Clock,
  logger: Logger,
): Promise<WorldFeed> {
  const file = join(home, 'world-progress.json')
  const world = createWorld(name)
  let progress = await readProgress(file, world)
  let live: LiveWorld | undefined
  // One call of the acceptor at a time, so one memory for the text of its events will do.
  const asJson = jsonWriter()
  let saved: Promise<void> = Promise.resolve()
  // One after the other: an injection is saved while live time goes on, and both write the same file.
  const save = (change: Partial<Progress>): Promise<void> => {
    progress = { ...progress, ...change }
    const text = JSON.stringify(progress)
    saved = saved.then(async () => {
      await writeFile(`${file}.new`, text)
      await rename(`${file}.new`, file)
    })
    return saved
  }

  return {
    world,
    async history(onProgress, signal) {
      let batches = 0
      let fed = 0
      let group: WorldEvent[] = []
      // While one group waits for the disk the next is encoded. Both go to the log in order.
      let under_way: Promise<void> = Promise.resolve()
      let [sent, noted] = [progress.batches, progress.batches]
      for (const events of world.history()) {
        if (signal.aborted) break
        batches++
        if (batches <= progress.batches) continue
        group.push(...events)
        if (group.length < EVENTS_A_GROUP) continue
        await under_way
        // What is fed twice after a crash is dropped by the pipeline: saving now and then is enough.
        if (sent - noted >= BATCHES_A_SAVE) {
          noted = sent
          await save({ batches: sent })
        }
        sent = batches
        fed += group.length
        under_way = feed(acceptor, tenant, asJson(group), logger)
        group = []
        onProgress(fed)
      }
      await under_way
      if (group.length > 0) await feed(acceptor, tenant, asJson(group), logger)
      fed += group.length
      if (fed > 0) await save({ batches })
      return fed
    },
    async live(signal) {
      live = startLive(world, progress.at_ms, progress.injections)
      const start = { world_ms: progress.at_ms, wall_ms: clock() }
      while (!signal.aborted) {
        const due = live.advance(worldTime(start, clock()))
        for (let at = 0; at < due.length; at += EVENTS_A_CALL) {
          await feed(acceptor, tenant, asJson(due.slice(at, at + EVENTS_A_CALL)), logger)
        }
        await save({ at_ms: live.at_ms, injections: live.injections })
        await sleep(LIVE_STEP_MS, undefined, { signal }).catch(() => undefined)
      }
    },
    async inject(raw) {
      const result = live?.inject(raw)
      if (result?.ok === true) await save({ injections: live!.injections })
      return result
    },
  }
}

const BATCHES_A_SAVE = 20
/** Persons are sealed in one transaction a group: of smaller ones most of the time would be its flush. */
const EVENTS_A_GROUP = 10_000
const EVENTS_A_CALL = 2_000
const LIVE_STEP_MS = 500

async function readProgress(file: string, world: World): Promise<Progress> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? { batches: 0, at_ms: world.end_ms, injections: [] } : (JSON.parse(text) as Progress)
}

/** Hands events over, waiting while the log is slow or away. A rejected event is our own mistake. */
async function feed(acceptor: Acceptor, tenant: Tenant, json: JsonEvents, logger: Logger): Promise<void> {
  for (;;) {
    try {
      const verdicts = await acceptor.accept(tenant, json)
      const rejected = verdicts.find((verdict) => typeof verdict !== 'string')
      if (rejected !== undefined) throw new Error(`the world made an event that is none: ${JSON.stringify(rejected)}`)
      return
    } catch (error) {
      if (!(error instanceof LogError && PASSING.has(error.code))) throw error
      logger.warn(`the world waits: ${error.message}`)
      await sleep(FEED_PAUSE_MS)
    }
  }
}

const PASSING: ReadonlySet<LogErrorCode> = new Set(['log_slow', 'log_unavailable', 'log_full'])
const FEED_PAUSE_MS = 200
