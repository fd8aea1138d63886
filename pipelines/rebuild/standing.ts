import { decisionMarker, fenceOf, type Writer } from '../runner/fence.ts'
import type { Store } from '../store/client.ts'

/** The partitions that a rebuild is about. */
export type Scope = { readonly pipeline: string; readonly topic: string }

/**
 * What has been done for one partition, as the table `rebuilds` tells. `holding`: writers are asked to wait. `decided`:
 * the point of no return, the same for all partitions at once. `applied`: its rows are in the window tables and told.
 * `settled`: its writer has begun after that, and nothing is between the two. `released`: nothing was or will be done.
 */
export type Step = 'holding' | 'decided' | 'applied' | 'settled' | 'released'

export type Standing = {
  readonly id: string
  readonly partition: number
  readonly steps: readonly Step[]
  /** The offset before which everything is in the rebuilt rows; of decided ones. */
  readonly as_of: number
}

/** Rebuilds that are not over, partition by partition, in the order in which they were decided. */
export async function openRebuilds(store: Store, scope: Scope, partition?: number): Promise<Standing[]> {
  const rows = await store.query<{ id: string; partition: number; steps: Step[]; as_of: string }>(
    `SELECT id, _partition AS partition, groupUniqArray(step) AS steps, toString(max(as_of)) AS as_of FROM rebuilds
     WHERE pipeline = {pipeline:String} AND _topic = {topic:String} ${partition === undefined ? '' : 'AND _partition = {partition:UInt16}'}
     GROUP BY id, _partition HAVING NOT hasAny(steps, ['settled', 'released']) ORDER BY max(generation), partition`,
    { ...scope, ...(partition === undefined ? {} : { partition }) },
  )
  return rows.map((row) => ({ ...row, as_of: Number(row.as_of) }))
}

/** Asks the writers of all partitions to wait before they begin anew. A courtesy: what keeps them out is the fence. */
export async function holdWriters(store: Store, scope: Scope, id: string, partitions: number): Promise<void> {
  await store.command(
    `INSERT INTO rebuilds (pipeline, id, _topic, _partition, step)
     SELECT {pipeline:String}, {id:String}, {topic:String}, number, 'holding' FROM numbers({partitions:UInt32})`,
    { ...scope, id, partitions },
  )
}

/**
 * Decides: from here on whoever comes first puts the rebuilt rows in. It selects only while each of these writers is the
 * newest of its partition, and `raiseGeneration` waits for it, so a writer that came later sees it or makes it void.
 *
 * @param writers by partition
 */
export async function decide(
  store: Store,
  scope: Scope,
  id: string,
  writers: readonly { readonly writer: Writer; readonly generation: number; readonly as_of: number }[],
): Promise<void> {
  await store.command(
    `INSERT ${decisionMarker(scope.pipeline)} INTO rebuilds (pipeline, id, _topic, _partition, step, as_of, generation)
     SELECT {pipeline:String}, {id:String}, {topic:String}, number, 'decided',
       {as_of:Array(Int64)}[number + 1], {generations:Array(UInt64)}[number + 1]
     FROM numbers({partitions:UInt32}) WHERE ${writers.map(({ writer }) => fenceOf(writer).isNewest).join(' AND ')}`,
    {
      ...scope,
      id,
      partitions: writers.length,
      as_of: writers.map(({ as_of }) => as_of),
      generations: writers.map(({ generation }) => generation),
    },
  )
}

/** Marks a step of one partition, while the writer is its newest. */
export async function mark(store: Store, writer: Writer, { as_of, id }: Standing, step: Step): Promise<void> {
  const { marker, isNewest } = fenceOf(writer)
  const { partition, pipeline, topic } = writer
  await store.command(
    `INSERT ${marker} INTO rebuilds (pipeline, id, _topic, _partition, step, as_of)
     SELECT {pipeline:String}, {id:String}, {topic:String}, {partition:UInt16}, {step:String}, {as_of:Int64}
     WHERE ${isNewest}`,
    { pipeline, id, topic, partition, step, as_of },
  )
}
