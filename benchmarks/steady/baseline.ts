import type { Store } from '../../pipelines/store/client.ts'
import type { Table } from '../../schemas/tables.ts'
import type { Bench } from '../benchmark.ts'
import type { FreshStore } from '../support/stores.ts'
import { usageOf } from '../support/usage.ts'
import type { Captured } from './capture.ts'

export type Shape = {
  /** How many of the pipeline's batches one insert takes, for each table. */
  readonly batches_an_insert: number
  /** Inserts at a time. */
  readonly parallel: number
}

export type BaselineRun = Shape & {
  readonly seconds: number
  readonly rows: number
  readonly rows_per_s: number
  readonly cpu_s_store: number | null
}

/** How fast the captured rows go into a fresh store from memory: no log, no decoding, no fence, no token, no asking. */
export async function runBaseline(
  bench: Bench,
  store: FreshStore,
  captured: readonly Captured[],
  shape: Shape,
): Promise<BaselineRun> {
  const inserts = insertsOf(captured, shape.batches_an_insert)
  const queue = inserts.values()
  const before = await usageOf(store.pid)
  const begun = performance.now()
  const writer = async () => {
    for (const { bodies, table } of queue) {
      bench.signal.throwIfAborted()
      await insert(store.store, table, bodies)
    }
  }
  await Promise.all(Array.from({ length: shape.parallel }, writer))
  const seconds = (performance.now() - begun) / 1000
  const after = await usageOf(store.pid)
  const rows = inserts.reduce((sum, one) => sum + one.rows, 0)
  return {
    ...shape,
    seconds,
    rows,
    rows_per_s: Math.round(rows / seconds),
    cpu_s_store: before === null || after === null ? null : after.cpu_s - before.cpu_s,
  }
}

type Insert = { readonly table: Table; readonly bodies: Buffer[]; rows: number }

/** One insert per table and stretch of batches, in the order of the batches. Native blocks follow each other freely. */
function insertsOf(captured: readonly Captured[], batches_an_insert: number): Insert[] {
  const out: Insert[] = []
  for (let at = 0; at < captured.length; at += batches_an_insert) {
    const by_table = new Map<string, Insert>()
    for (const { body, rows, table } of captured.slice(at, at + batches_an_insert).flat()) {
      const insert = by_table.get(table.name) ?? { table, bodies: [], rows: 0 }
      insert.bodies.push(body)
      insert.rows += rows
      by_table.set(table.name, insert)
    }
    out.push(...by_table.values())
  }
  return out
}

async function insert(store: Store, table: Table, bodies: readonly Buffer[]): Promise<void> {
  const names = table.columns.map(({ name }) => `\`${name}\``).join(', ')
  // As the pipeline has it: a batch never holds two rows of one key, so collapsing is left to merges.
  await store.insertNative(`INSERT INTO ${table.name} (${names}) FORMAT Native`, bodies, {
    settings: { optimize_on_insert: 0 },
  })
}
