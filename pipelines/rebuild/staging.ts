import { WINDOW_SETS, windowTable } from '../../schemas/windows.ts'
import { Blocks } from '../facts/blocks.ts'
import type { Store } from '../store/client.ts'
import type { Page } from '../windows/page.ts'
import { windowRows } from '../windows/rows.ts'

/** Where the rebuilt rows of a window set wait for the swap. */
export function stagedTable(id: string, set: string): string {
  return `rebuild_${id}_${set}`
}

/** Observations that do not count any more: a newer one of their identity came. */
export function supersededTable(id: string): string {
  return `rebuild_${id}_superseded`
}

/** Tables beside the live ones, with the same columns, order and durability. */
export async function createStaging(store: Store, id: string): Promise<void> {
  for (const { name } of WINDOW_SETS) await store.command(`CREATE TABLE ${stagedTable(id, name)} AS ${name}`)
}

export async function createSuperseded(store: Store, id: string): Promise<void> {
  await store.command(
    `CREATE TABLE ${supersededTable(id)} (_partition UInt16, day Date, _offset Int64)
     ENGINE = MergeTree ORDER BY (_partition, day, _offset)`,
  )
}

/**
 * Puts the dirty cells of pages beside the live rows. Their version is the pass: what a later pass says of a cell stands
 * above what an earlier one said.
 */
export async function stage(
  store: Store,
  id: string,
  pages: readonly Page[],
  { as_of, partition, pass }: { readonly as_of: number; readonly partition: number; readonly pass: number },
): Promise<void> {
  const blocks = new Blocks()
  windowRows(
    pages.filter(({ dirty }) => dirty.length > 0),
    partition,
    BigInt(pass),
    as_of,
    (table) => blocks.buildersOf(table),
  )
  for (const { body, table } of blocks.finish()) {
    const names = table.columns.map(({ name }) => name).join(', ')
    await store.insertNative(`INSERT INTO ${stagedTable(id, table.name)} (${names}) FORMAT Native`, body)
  }
}

/** What lies beside the live tables under one id, under another from now on. */
export async function renameStaging(store: Store, from: string, to: string): Promise<void> {
  const pairs = [
    ...WINDOW_SETS.map(({ name }) => `${stagedTable(from, name)} TO ${stagedTable(to, name)}`),
    `${supersededTable(from)} TO ${supersededTable(to)}`,
  ]
  await store.command(`RENAME TABLE ${pairs.join(', ')}`)
}

/** @param id of one rebuild; of all when absent, for a process that is alone with its store */
export async function dropStaging(store: Store, id?: string): Promise<void> {
  const rows = await store.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, {head:String})`,
    { head: id === undefined ? 'rebuild_' : `rebuild_${id}_` },
  )
  for (const { name } of rows) await store.command(`DROP TABLE IF EXISTS ${name}`)
}

/** Columns of a window table, each as it is or replaced by an expression. */
export function windowColumns(set: (typeof WINDOW_SETS)[number], replaced: Readonly<Record<string, string>>) {
  const names = windowTable(set).columns.map(({ name }) => name)
  return { names: names.join(', '), values: names.map((name) => replaced[name] ?? name).join(', ') }
}
