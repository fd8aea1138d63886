import { TOPICS } from '../../schemas/topics.ts'
import { WINDOW_SETS } from '../../schemas/windows.ts'
import { formatDay } from '../../schemas/zone.ts'
import { versionOf } from '../facts/version.ts'
import { FencedError } from '../runner/errors.ts'
import { fenceOf, isNewest, type Writer } from '../runner/fence.ts'
import type { Emit } from '../runner/stage.ts'
import type { Store } from '../store/client.ts'
import { stagedTable, windowColumns } from './staging.ts'
import { mark, type Standing } from './standing.ts'

export type ApplyDeps = {
  readonly store: Store
  /** Appends to the log. */
  readonly emit: (emit: Emit) => Promise<void>
}

/**
 * Puts the rebuilt rows of one partition into the window tables, tells that they changed, and marks it done. Repeating
 * any part of it writes the same rows. Nothing else may have been written to the partition since the decision: only its
 * newest writer calls this, before it writes anything else.
 *
 * @throws FencedError
 */
export async function applyRebuild(
  { emit, store }: ApplyDeps,
  writer: Writer,
  generation: number,
  standing: Standing,
): Promise<void> {
  const { as_of, id } = standing
  const { partition } = writer
  const { isNewest: condition, marker } = fenceOf(writer)
  const version = versionOf(generation, as_of)
  for (const set of WINDOW_SETS) {
    const { names, values } = windowColumns(set, { version: `toUInt64('${version}')`, applied: `toInt64(${as_of})` })
    await store.command(
      `INSERT ${marker} INTO ${set.name} (${names})
       SELECT ${values} FROM ${stagedTable(id, set.name)} FINAL
       WHERE _partition = {partition:UInt16} AND ${condition}`,
      { partition },
      { settings: ONE_BLOCK },
    )
  }
  // Who is the newest now was so when each insert began.
  if (!(await isNewest(store, writer))) throw new FencedError(writer)
  await tell({ emit, store }, partition, version, standing)
  await mark(store, writer, standing, 'applied')
  if (!(await isNewest(store, writer))) throw new FencedError(writer)
}

/** Whoever holds windows in memory must forget these. */
async function tell({ emit, store }: ApplyDeps, partition: number, version: bigint, { id }: Standing): Promise<void> {
  for (const { name } of WINDOW_SETS) {
    const pages = await store.query<[string, number, string]>(
      `SELECT tenant, toUInt32(day), toString(count()) FROM ${stagedTable(id, name)} FINAL
       WHERE _partition = {partition:UInt16} GROUP BY tenant, day ORDER BY tenant, day`,
      { partition },
      { format: 'JSONCompactEachRow' },
    )
    const records = pages.map(([tenant, day, changed]) => ({
      key: Buffer.from(tenant),
      value: Buffer.from(
        JSON.stringify({
          ...{ set: name, tenant, day: formatDay(Number(day)), partition },
          ...{ version: version.toString(), changed: Number(changed) },
        }),
      ),
    }))
    for (let at = 0; at < records.length; at += RECORDS_AN_APPEND) {
      const some = records.slice(at, at + RECORDS_AN_APPEND)
      await emit({ topic: TOPICS.window_changes.name, partition: 0, records: some })
    }
  }
}

const RECORDS_AN_APPEND = 1_000
/** As one part where it can be one: readers see all of it or none. */
const ONE_BLOCK = { min_insert_block_size_rows: 5_000_000, min_insert_block_size_bytes: 400_000_000 }
