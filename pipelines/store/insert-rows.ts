import type { InsertOptions, Store } from './client.ts'
import { NativeBlock, type NativeColumn } from './native.ts'

/** Inserts a few rows of text columns. As a body and not as parameters, so that no query log holds the values. */
export async function insertRows(
  store: Store,
  table: string,
  names: readonly string[],
  rows: readonly (readonly string[])[],
  options: InsertOptions = {},
): Promise<void> {
  const columns: NativeColumn[] = names.map((name) => ({ name, type: 'String' }))
  const block = new NativeBlock(columns, rows.length)
  for (const [at, name] of names.entries()) {
    const column = block.column(name)
    for (const row of rows) column.append(row[at]!)
  }
  await store.insertNative(`INSERT INTO ${table} (${names.join(', ')}) FORMAT Native`, block.finish(), options)
}
