import { detect_checkpoints } from '../../schemas/tables.ts'
import { fencedInsert, type Writer } from '../runner/fence.ts'
import type { Store } from '../store/client.ts'
import { NativeBlock } from '../store/native.ts'

/** What the rules have to remember: how far commands were carried out and alerts told, and each rule judged. */
export type Marks = {
  readonly commands: number
  readonly told: number
  /** By tenant and rule: end of the last bucket that was judged, in ms. */
  readonly judged: Readonly<Record<string, number>>
}

export async function readMarks(store: Store): Promise<Marks> {
  const [row] = await store.query<[string]>(
    'SELECT state FROM detect_checkpoints FINAL WHERE name = {name:String}',
    { name: NAME },
    { format: 'JSONCompactEachRow' },
  )
  return row === undefined ? { commands: 0, told: 0, judged: {} } : (JSON.parse(row[0]) as Marks)
}

/** @param version  grows with every writer and every writing */
export async function saveMarks(store: Store, writer: Writer, marks: Marks, version: number): Promise<void> {
  const values: Readonly<Record<string, unknown>> = {
    ...{ name: NAME, piece: '', version: BigInt(version), state: JSON.stringify(marks) },
  }
  const block = new NativeBlock(detect_checkpoints.columns, 1)
  for (const { name } of detect_checkpoints.columns) block.column(name).append(values[name] as never)
  await store.insertNative(fencedInsert(writer, detect_checkpoints.name, detect_checkpoints.columns), block.finish())
}

const NAME = 'rules'
