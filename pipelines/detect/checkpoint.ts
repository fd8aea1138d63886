import { detect_checkpoints } from '../../schemas/tables.ts'
import { fencedInsert, type Writer } from '../runner/fence.ts'
import type { Store } from '../store/client.ts'
import { NativeBlock } from '../store/native.ts'
import { loadState, saveState } from './core/save.ts'
import type { TenantState } from './core/state.ts'

/** What was learnt of each tenant, so that a start goes on where the last one was and does not read a year again. */
export async function loadCheckpoints(store: Store): Promise<Map<string, TenantState>> {
  const rows = await store.query<[string, string]>(
    'SELECT piece, state FROM detect_checkpoints FINAL WHERE name = {name:String}',
    { name: NAME },
    { format: 'JSONCompactEachRow' },
  )
  const states = new Map<string, TenantState>()
  for (const [tenant, text] of rows) {
    const state = loadState(text)
    if (state !== undefined) states.set(tenant, state)
  }
  return states
}

/** @param version grows with every writer and checkpoint */
export async function saveCheckpoints(
  store: Store,
  writer: Writer,
  states: ReadonlyMap<string, TenantState>,
  version: number,
): Promise<void> {
  const rows = [...states].map(([tenant, state]) => ({ name: NAME, piece: tenant, version, state: saveState(state) }))
  await insert(store, writer, rows)
}

/** How far alerts were told on the topic, and which commands were carried out. */
export type Places = { readonly published: number; readonly commands: number }

export async function loadPlaces(store: Store): Promise<Places> {
  const rows = await store.query<[string, string]>(
    'SELECT piece, state FROM detect_checkpoints FINAL WHERE name = {name:String}',
    { name: PLACES },
    { format: 'JSONCompactEachRow' },
  )
  const of = (piece: keyof Places) => Number(rows.find(([name]) => name === piece)?.[1] ?? 0)
  return { published: of('published'), commands: of('commands') }
}

/** A place never goes back, so it is its own version. */
export function savePlace(store: Store, writer: Writer, piece: keyof Places, place: number): Promise<void> {
  return insert(store, writer, [{ name: PLACES, piece, version: place, state: String(place) }])
}

async function insert(
  store: Store,
  writer: Writer,
  rows: readonly { name: string; piece: string; version: number; state: string }[],
): Promise<void> {
  if (rows.length === 0) return
  const block = new NativeBlock(detect_checkpoints.columns, rows.length)
  for (const { name, piece, state, version } of rows) {
    block.column('name').append(name)
    block.column('piece').append(piece)
    block.column('version').append(BigInt(version))
    block.column('state').append(state)
  }
  await store.insertNative(fencedInsert(writer, detect_checkpoints.name, detect_checkpoints.columns), block.finish())
}

const PLACES = 'places'
const NAME = 'hour'
