import { setTimeout as sleep } from 'node:timers/promises'
import { type AlertCommand, parseAlertCommand } from '../../schemas/alert-commands.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { openJournal, type Revision } from '../alerts/journal.ts'
import type { LogRecord } from '../log/port.ts'
import { FencedError } from '../runner/errors.ts'
import { isNewest, raiseGeneration, type Writer } from '../runner/fence.ts'
import type { StageDeps } from '../stages/stage.ts'
import { loadCheckpoints, loadPlaces, saveCheckpoints, savePlace } from './checkpoint.ts'
import { caseOf } from './desk.ts'
import { keepSettings, Settings } from './settings.ts'
import type { Progress } from './settled.ts'
import { readTenants } from './sources.ts'
import { command, KEPT_MS, look, type Watched, watch } from './tenant.ts'
import { knownOf } from './trends/look.ts'

/** What the one writer of these alerts does. */
export type Work = {
  /** Looks at all tenants. @returns whether one is to be looked at again in a moment */
  lookAll(): Promise<boolean>
  /** Looks at the tenants that these changes name, and at those that were to be looked at again. */
  look(changes: readonly LogRecord[]): Promise<boolean>
  /** Carries out what users have said since the last time. */
  obey(): Promise<void>
  close(): Promise<void>
}

/** Goes on where the last writer was: what it left untold is told before anything new is done. */
export async function openWork(deps: StageDeps, progress: Progress): Promise<Work> {
  const { log, logger, randomBytes, steady, store } = deps
  const writer: Writer = {
    pipeline: 'detect',
    topic: TOPICS.alerts.name,
    partition: 0,
    name: randomBytes(8).toString('hex'),
  }
  const fence = { clock: steady, sleep: (ms: number) => sleep(ms), patience_ms: 10_000 }
  const generation = await raiseGeneration(store, writer, fence)
  const places = await loadPlaces(store)
  const { journal, published } = await openJournal({
    store,
    log,
    writer,
    generation,
    kinds: ['anomaly', 'trend'],
    published: places.published,
  })
  if (published !== places.published) await savePlace(store, writer, 'published', published)
  let { commands } = places
  let saves = 0
  let saved_ms = steady()
  const dirty = new Set<string>()
  const again = new Set<string>()

  const settings = await Settings.load(store)
  const watched = new Map<string, Watched>()
  for (const [tenant, state] of await loadCheckpoints(store)) watched.set(tenant, watch(tenant, state))
  // What ended long ago by its tenant's own time is held against nothing any more.
  const oldest_ms = Math.min(...(await readTenants(store)).values()) - KEPT_MS
  for (const revision of await journal.load(Math.max(0, Number.isFinite(oldest_ms) ? oldest_ms : 0))) {
    const { record } = revision
    const one = watchedOf(record.tenant)
    if (record.kind === 'trend') {
      one.trends.told.set(record.scope.platform!, { record, known: knownOf(revision.life) })
      continue
    }
    const known = caseOf(revision)
    one.cases.set(record.id, known)
    one.state.incidents.push(known.incident)
  }

  function watchedOf(tenant: string): Watched {
    const known = watched.get(tenant) ?? watch(tenant)
    watched.set(tenant, known)
    return known
  }

  async function write(revisions: readonly Revision[]): Promise<void> {
    if (revisions.length === 0) return
    await savePlace(store, writer, 'published', await journal.write(revisions))
  }

  async function save(): Promise<void> {
    if (dirty.size === 0) return
    const states = new Map([...dirty].map((tenant) => [tenant, watched.get(tenant)!.state]))
    await saveCheckpoints(store, writer, states, generation * SAVES_A_WRITER + saves++)
    if (!(await isNewest(store, writer))) throw new FencedError(writer)
    dirty.clear()
    saved_ms = steady()
  }

  async function lookAt(tenants: Iterable<string>): Promise<boolean> {
    for (const tenant of tenants) {
      const { revisions, ticks, waits } = await look(store, watchedOf(tenant), settings, progress)
      if (waits) again.add(tenant)
      else again.delete(tenant)
      if (ticks > 0) dirty.add(tenant)
      await write(revisions)
      // A year was learnt: not to be done twice.
      if (ticks > BULK_TICKS) await save()
    }
    if (steady() - saved_ms > SAVE_EVERY_MS) await save()
    return again.size > 0
  }

  async function readCommands(): Promise<{ orders: { command: AlertCommand; offset: number }[]; next: number }> {
    const [bounds] = await log.bounds(TOPICS.alert_commands.name)
    const from = Math.max(commands, bounds!.start)
    if (from >= bounds!.end) return { orders: [], next: commands }
    const records = await log.read(TOPICS.alert_commands.name, 0, from, {
      records_max: 500,
      bytes_max: 4e6,
      wait_ms: 0,
    })
    const orders = records.flatMap(({ offset, value }) => {
      try {
        return [{ command: parseAlertCommand(value!.toString()), offset }]
      } catch (error) {
        // On Kafka anybody may write the topic: what is no command must not stop those behind it.
        logger.warn(`a command about alerts at ${offset} cannot be read: ${(error as Error).message.slice(0, 200)}`)
        return []
      }
    })
    return { orders, next: (records.at(-1)?.offset ?? bounds!.end - 1) + 1 }
  }

  return {
    async lookAll() {
      return lookAt((await readTenants(store)).keys())
    },
    async look(changes) {
      return lookAt(new Set([...again, ...changes.map(({ key }) => key!.toString())]))
    },
    async obey() {
      const { next, orders } = await readCommands()
      if (next === commands) return
      await keepSettings(store, writer, orders)
      for (const { command: order } of orders) {
        settings.take(order)
        const one = watched.get(order.tenant)
        if (one !== undefined) await write(command(one, order))
      }
      // One that is carried out twice, by who comes after a kill, does nothing the second time.
      commands = next
      await savePlace(store, writer, 'commands', commands)
    },
    async close() {
      await save()
    },
  }
}

const SAVE_EVERY_MS = 60_000
const BULK_TICKS = 1_000
const SAVES_A_WRITER = 2 ** 30
