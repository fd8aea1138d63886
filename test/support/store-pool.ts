import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { systemClock, systemRandomBytes } from '../../pipelines/clock.ts'
import { connectStore, type Store } from '../../pipelines/store/client.ts'
import { type EmbeddedStore, startEmbeddedStore } from '../../pipelines/store/embedded/supervisor.ts'
import { migrate } from '../../pipelines/store/migrate.ts'

/**
 * Embedded stores with a migrated, empty database each, lent to one borrower at a time. What comes back is brought to
 * that state again under another name of the database, so that whatever the last borrower left running finds nothing to
 * write to. A store that comes back after a failure, or that died or still works, is thrown away.
 */
export function makeStorePool(): StorePool {
  const idle: Pooled[] = []
  const lent = new Map<StoreLoan, Pooled>()
  return {
    async borrow() {
      const pooled = idle.pop() ?? (await startPooled())
      const loan = systemRandomBytes(6).toString('hex')
      lent.set(loan, pooled)
      const { url, user, password } = pooled.embedded
      return { loan, url, user, password, database: pooled.database }
    },
    async giveBack(loan, sound) {
      const pooled = lent.get(loan)
      if (pooled === undefined) throw new Error(`nobody has borrowed ${loan}`)
      lent.delete(loan)
      const clean = sound && (await cleaned(pooled))
      if (clean === false) await stopPooled(pooled)
      else idle.push(clean)
    },
    async close() {
      await Promise.all([...idle.splice(0), ...lent.values()].map(stopPooled))
    },
  }
}

export type StorePool = {
  borrow(): Promise<LentStore>
  /** @param sound  no test of the borrower has failed */
  giveBack(loan: StoreLoan, sound: boolean): Promise<void>
  close(): Promise<void>
}

export type StoreLoan = string

/** A store, and a database with all tables and no rows. Whatever is made in it is removed when it is given back. */
export type LentStore = {
  readonly loan: StoreLoan
  readonly url: string
  readonly user: string
  readonly password: string
  readonly database: string
}

type Pooled = {
  readonly embedded: EmbeddedStore
  readonly dir: string
  readonly admin: Store
  readonly database: string
  readonly tables: ReadonlyMap<string, Table>
}

/** What a table was made by, without the name of its database, and all that changes with what is written to it. */
type Table = {
  readonly create: string
  /** Null where the engine does not count them. Some tables are in memory only, and change nothing else. */
  readonly rows: string | null
  readonly folder: string
  /** When something was made in the folder or removed from it: also rows that are gone again leave their mark. */
  readonly touched_ms: number
}

async function startPooled(): Promise<Pooled> {
  const dir = await mkdtemp(join(tmpdir(), 'omnify-store-'))
  const logger = { info() {}, warn: console.warn }
  const embedded = await startEmbeddedStore({ dir, clock: systemClock, randomBytes: systemRandomBytes, logger })
  const { url, user, password } = embedded
  const admin = connectStore({ url, user, password, database: 'default' })
  const unmigrated = { embedded, dir, admin, database: newName(), tables: new Map() }
  try {
    await admin.command(`CREATE DATABASE ${unmigrated.database}`)
    const store = connectStore({ url, user, password, database: unmigrated.database })
    await migrate(store, join(import.meta.dirname, '../../schemas/migrations'))
    await store.close()
    return { ...unmigrated, tables: await tablesOf(unmigrated) }
  } catch (cause) {
    await stopPooled(unmigrated)
    throw cause
  }
}

async function stopPooled({ embedded, dir, admin }: Pooled): Promise<void> {
  await admin.close()
  await embedded.stop()
  await rm(dir, { recursive: true, force: true })
}

/** The store as it was when it was lent first, or false when that cannot be. */
async function cleaned(pooled: Pooled): Promise<Pooled | false> {
  const { admin, embedded, tables } = pooled
  if (embedded.restarts() > 0) return false
  const [left] = await admin.query<{ running: string; strays: string }>(
    `SELECT (SELECT count() FROM system.processes) - 1 AS running,
       (SELECT count() FROM system.tables WHERE database = 'default') AS strays`,
  )
  if (left?.running !== '0' || left.strays !== '0') return false
  const databases = await admin.query<{ name: string }>(
    "SELECT name FROM system.databases WHERE lower(name) NOT IN ('default', 'system', 'information_schema')",
  )
  if (databases.every(({ name }) => name !== pooled.database)) return false
  for (const { name } of databases) {
    if (name !== pooled.database) await admin.command(`DROP DATABASE {name:Identifier} SYNC`, { name })
  }
  const renamed = { ...pooled, database: newName() }
  await admin.command(`RENAME DATABASE ${pooled.database} TO ${renamed.database}`)
  const found = await tablesOf(renamed)
  for (const [name, table] of found) {
    const before = tables.get(name)
    if (name === 'schema_migrations') {
      // Its rows are merged in their own time. Whoever writes others means another set of tables.
      if (table.rows === before?.rows) continue
      return false
    }
    if (isDeepStrictEqual(table, before)) continue
    await admin.command(`DROP TABLE ${renamed.database}.{name:Identifier} SYNC`, { name })
    found.delete(name)
  }
  for (const [name, { create }] of tables) {
    if (!found.has(name)) await admin.command(`CREATE TABLE ${renamed.database}.${create}`)
  }
  return { ...renamed, tables: await tablesOf(renamed) }
}

async function tablesOf({ admin, dir, database }: Pooled): Promise<Map<string, Table>> {
  const described = await admin.query<{ name: string; query: string; folders: string[]; rows: string | null }>(
    `SELECT name, create_table_query AS query, data_paths AS folders, total_rows AS rows
     FROM system.tables WHERE database = {database:String}`,
    { database },
  )
  const head = `CREATE TABLE ${database}.`
  const tables = described.map(async ({ name, query, rows, folders: [path] }): Promise<[string, Table]> => {
    const create = query.startsWith(head) ? query.slice(head.length) : query
    // Some engines tell an absolute path, some one within the directory of data; a view has none.
    const folder = path === undefined ? '' : resolve(dir, 'data', path)
    return [name, { create, rows, folder, touched_ms: folder === '' ? 0 : (await stat(folder)).mtimeMs }]
  })
  return new Map(await Promise.all(tables))
}

function newName(): string {
  return `test_${systemRandomBytes(6).toString('hex')}`
}
