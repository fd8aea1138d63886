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
 * `generations` says durably who raised what; `newest_writers` says in memory whose inserts select anything. A name is
 * put there only by its own writer, only while that writer is the newest in `generations`, and never after this
 * function has returned. So each writer that was replaced stays replaced: nothing can put its name back.
 *
 * @returns the new generation
 * @throws FencedError when another writer raised it meanwhile
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
  // One that was the newest for a moment may put its name there behind ours; it finds itself fenced, and ours goes over
  // it. With many of them at once, raising anew is as good.
  for (let tries = 1; tries === 1 || !(await isNewest(store, writer)); tries++) {
    if (tries > NAME_TRIES) throw new FencedError(writer)
    await putName(store, writer)
    if (!(await hasNewestGeneration(store, writer))) throw new FencedError(writer)
  }
  await waitForOlderInserts(store, writer, deps)
  return generation
}

export type FenceDeps = {
  readonly clock: Clock
  readonly sleep: (ms: number) => Promise<void>
  /** An older insert that still runs after this is killed: its client may be stopped and never finish it. */
  readonly patience_ms: number
}

/** Whether inserts of this writer still select their rows. If so, they did since {@link raiseGeneration}. */
export async function isNewest(store: Store, writer: Writer): Promise<boolean> {
  const [row] = await store.query<{ newest: number }>(`SELECT ${isNewestSql(writer)} AS newest`)
  return Number(row?.newest ?? 0) === 1
}

/**
 * An insert that takes its rows only while the writer is the newest: a writer that was stopped and wakes up adds
 * nothing. The comment lets {@link raiseGeneration} find it among the running queries, where it stands before its
 * condition is looked at.
 */
export function fencedInsert(
  writer: Writer,
  table: string,
  columns: readonly { name: string; type: string }[],
): string {
  const names = columns.map((c) => `\`${c.name}\``).join(', ')
  const structure = columns.map((c) => `\`${c.name}\` ${c.type}`).join(', ')
  return `INSERT ${marker(writer)} INTO ${table} (${names}) SELECT ${names} FROM input(${literal(structure)}) WHERE ${isNewestSql(writer)} FORMAT Native`
}

/**
 * For statements other than {@link fencedInsert} that only the newest writer may carry out: `INSERT MARKER INTO …
 * SELECT … WHERE ISNEWEST`.
 */
export function fenceOf(writer: Writer): { readonly marker: string; readonly isNewest: string } {
  return { marker: marker(writer), isNewest: isNewestSql(writer) }
}

/** The beginning of a statement that decides for all partitions of a pipeline, see `rebuild/standing.ts`. */
export function decisionMarker(pipeline: string): string {
  return `/* rebuild ${pipeline} */`
}

async function putName(store: Store, writer: Writer): Promise<void> {
  await store.command(
    `INSERT INTO newest_writers (partition, writer)
     SELECT {of:String}, {writer:String} WHERE (${NEWEST}) = {writer:String}`,
    {
      of: placeOf(writer),
      pipeline: writer.pipeline,
      topic: writer.topic,
      partition: writer.partition,
      writer: writer.name,
    },
  )
}

async function hasNewestGeneration(store: Store, writer: Writer): Promise<boolean> {
  const [row] = await store.query<{ newest: number }>(`SELECT (${NEWEST}) = {writer:String} AS newest`, {
    pipeline: writer.pipeline,
    topic: writer.topic,
    partition: writer.partition,
    writer: writer.name,
  })
  return Number(row?.newest ?? 0) === 1
}

/** A lookup in memory; '' where the store has forgotten, which is nobody's name. */
function isNewestSql(writer: Writer): string {
  return `joinGet('newest_writers', 'writer', ${literal(placeOf(writer))}) = ${literal(writer.name)}`
}

/** Topics have no spaces, so no two are spelled alike. */
function placeOf({ partition, pipeline, topic }: Writer): string {
  return `${partition} ${topic} ${pipeline}`
}

async function waitForOlderInserts(store: Store, writer: Writer, deps: FenceDeps): Promise<void> {
  const started = deps.clock()
  let killed = false
  for (;;) {
    const rows = await store.query<{ query_id: string }>(
      `SELECT query_id FROM system.processes
       WHERE startsWith(query, {head:String}) OR startsWith(query, {decision:String})`,
      { head: `INSERT ${marker(writer)}`, decision: `INSERT ${decisionMarker(writer.pipeline)}` },
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

const NAME_TRIES = 5
const WHERE = 'pipeline = {pipeline:String} AND _topic = {topic:String} AND _partition = {partition:UInt16}'
/** The name of a partition's newest writer, as a subquery with the parameters pipeline, topic and partition. */
export const NEWEST = `SELECT argMax(writer, (generation, writer)) FROM generations WHERE ${WHERE}`
