import { join } from 'node:path'
import type { WorldEvent } from '../../../ingest/world/model.ts'
import { systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import type { Log } from '../../../pipelines/log/port.ts'
import { connectStore, type Store } from '../../../pipelines/store/client.ts'
import { migrate } from '../../../pipelines/store/migrate.ts'
import { FACT_TABLES, failed_events, identities } from '../../../schemas/tables.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { DAY_MS } from '../../../schemas/zone.ts'
import { type EngineUnderTest, feedEvents, untilCommitted } from '../../support/engine.ts'
import { openMemoryLog } from '../../support/memory-log.ts'
import { newMemoryDisk } from '../../support/memory-log-disk.ts'
import { isBad, makeLoad } from '../load.ts'
import { compare, type Differences, readStored } from '../truth/compare.ts'
import { type Content, contentKey, contentOf } from '../truth/content.ts'
import { readTopic } from '../truth/read-log.ts'

/** A log and empty tables for one run of one scenario. */
export type Rig = {
  readonly store: Store
  readonly log: Log
  /** The same log as another process sees it: a member there and one here do not know of each other. */
  otherProcess(): Log
  /** Puts the next so many events on the log. */
  feed(events: number): Promise<void>
  /** Another client of the same tables, as another process has it. */
  connect(): Store
  /** As after 1,000 more inserts into each table: the store knows none of the tokens any more. */
  forgetTokens(): Promise<void>
  caughtUp(): Promise<void>
  /** Every row against the truth. */
  differences(): Promise<Differences>
  close(): Promise<void>
}

export async function makeRig(engine: EngineUnderTest): Promise<Rig> {
  const access = { ...engine.access, database: `bug_${systemRandomBytes(6).toString('hex')}` }
  await engine.store.command(`CREATE DATABASE ${access.database}`)
  const store = connectStore(access)
  await migrate(store, join(import.meta.dirname, '../../../schemas/migrations'))
  const disk = newMemoryDisk()
  const log = openMemoryLog({ disk })
  await log.ensureTopics(Object.values(TOPICS))
  const events = makeLoad(1, EVENTS, Math.floor(systemClock() / DAY_MS)).filter((event) => !isBad(event))
  const sent = new Map<string, Content>()
  const open: { close(): Promise<void> }[] = [store, log]

  return {
    store,
    log,
    otherProcess() {
      const other = openMemoryLog({ disk })
      open.push(other)
      return other
    },
    async feed(count) {
      const next: WorldEvent[] = events.splice(0, count)
      await feedEvents(log, engine.vault, next)
      for (const content of next.map(contentOf))
        if (!sent.has(contentKey(content))) sent.set(contentKey(content), content)
    },
    connect() {
      const other = connectStore(access)
      open.push(other)
      return other
    },
    async forgetTokens() {
      for (const { name } of [...FACT_TABLES, identities, failed_events]) {
        await store.command(`ALTER TABLE ${name} MODIFY SETTING non_replicated_deduplication_window = 0`)
      }
    },
    caughtUp: () => untilCommitted(log),
    async differences() {
      return compare(sent, await readTopic(log, TOPICS.events.name), await readStored(store))
    },
    async close() {
      await engine.store.command(`DROP DATABASE ${access.database}`)
      for (const each of open) await each.close()
    },
  }
}

const EVENTS = 400
