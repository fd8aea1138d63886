import type { Clock } from '../clock.ts'
import type { Store } from '../store/client.ts'
import { FencedError } from './errors.ts'

/** One writer of one partition of one pipeline, as the store knows it. */
export type Writer = {
  readonly pipeline: string
  readonly topic: string
  readonly partition: number
  /** Unique name of this writer; decides between two that raised the same generation at once. */
  readonly name: string
}

/**
 * Makes this writer the newest in the store and waits until nobody older is still writing. After this no insert of an
 * older writer can begin (see {@link fencedInsert}) and none is running, so what is in the tables stays as it is.
 *
 * @returns the new generation
 */
export async function raiseGeneration(store: Store, writer: Writer, deps: FenceDeps): Promise<number> {
  const where = { pipeline: writer.pipeline, topic: writer.topic, partition: writer.partition }
  const [row] = await store.query<{ generation: string | number }>(
    `SELECT max(generation) AS generation FROM generations WHERE ${WHERE}`,
    where,
  )
  const generation = Number(row?.generation ?? 0) + 1
  await store.command(
    `INSERT INTO generations (pipeline, _topic, _partition, generation, writer)
     SELECT {pipeline:String}, {topic:String}, {partition:UInt16}, {generation:UInt64}, {writer:String}`,
    { ...where, generation, writer: writer.name },
  )
  if (!(await isNewest(store, writer))) throw new FencedError(writer)
  await waitForOlderInserts(store, writer, deps)
  return generation
}

export type FenceDeps = {
  readonly clock: Clock
  readonly sleep: (ms: number) => Promise<void>
  /** An older insert that still runs after this is killed: its client may be stopped and never finish it. */
  readonly patience_ms: number
}

/** Whether the store still holds this writer for the newest. */
export async function isNewest(store: Store, writer: Writer): Promise<boolean> {
  const [row] = await store.query<{ newest: number }>(`SELECT (${NEWEST}) = {writer:String} AS newest`, {
    pipeline: writer.pipeline,
    topic: writer.topic,
    partition: writer.partition,
    writer: writer.name,
  })
  return Number(row?.newest ?? 0) === 1
}

/**
 * An insert that takes its rows only while the writer is the newest: a writer that was stopped and wakes up adds
 * nothing. The comment lets {@link raiseGeneration} find it among the running queries.
 */
export function fencedInsert(
  writer: Writer,
  table: string,
  columns: readonly { name: string; type: string }[],
): string {
  const names = columns.map((c) => `\`${c.name}\``).join(', ')
  const structure = columns.map((c) => `\`${c.name}\` ${c.type}`).join(', ')
  const newest = NEWEST.replace('{pipeline:String}', literal(writer.pipeline))
    .replace('{topic:String}', literal(writer.topic))
    .replace('{partition:UInt16}', String(writer.partition))
  return `INSERT ${marker(writer)} INTO ${table} (${names}) SELECT ${names} FROM input(${literal(structure)}) WHERE (${newest}) = ${literal(writer.name)} FORMAT Native`
}

async function waitForOlderInserts(store: Store, writer: Writer, deps: FenceDeps): Promise<void> {
  const started = deps.clock()
  let killed = false
  for (;;) {
    const rows = await store.query<{ query_id: string }>(
      `SELECT query_id FROM system.processes WHERE startsWith(query, {head:String})`,
      { head: `INSERT ${marker(writer)}` },
    )
    if (rows.length === 0) return
    if (!killed && deps.clock() - started > deps.patience_ms) {
      killed = true
      for (const { query_id } of rows)
        await store.command(`KILL QUERY WHERE query_id = {id:String} ASYNC`, { id: query_id })
    }
    await deps.sleep(50)
  }
}

function marker(writer: Writer): string {
  return `/* writer ${writer.pipeline} ${writer.topic} ${writer.partition} */`
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

const WHERE = 'pipeline = {pipeline:String} AND _topic = {topic:String} AND _partition = {partition:UInt16}'
/** The name of a partition's newest writer, as a subquery with the parameters pipeline, topic and partition. */
export const NEWEST = `SELECT argMax(writer, (generation, writer)) FROM generations WHERE ${WHERE}`
