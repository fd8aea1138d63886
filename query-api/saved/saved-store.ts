import type { Clock } from '../../pipelines/clock.ts'
import type { Store } from '../../pipelines/store/client.ts'
import { ApiError } from '../problem.ts'
import type { SavedQuery } from './definition.ts'

/** A query under its name. Versions are numbered from 1 and never change; a new one is a row beside the others. */
export type Saved = {
  readonly name: string
  readonly version: number
  readonly definition: SavedQuery
  readonly saved_ms: number
}

export type SavedQueries = {
  /** The newest version of each, by name. */
  list(tenant: string): Promise<readonly Saved[]>
  /** @param version the newest when undefined @returns undefined where there is none, or it was deleted since */
  get(tenant: string, name: string, version?: number): Promise<Saved | undefined>
  /** Numbers of the versions that can be run, ascending. */
  versions(tenant: string, name: string): Promise<readonly number[]>
  /** Saves a version, unless the newest is the same. @throws ApiError `rate_limited` with the limit */
  put(tenant: string, name: string, definition: SavedQuery): Promise<{ saved: Saved; is_new: boolean }>
  /** Deletes a name with all its versions. @returns whether there was one */
  remove(tenant: string, name: string): Promise<boolean>
}

export const SAVED_MAX = 500

export function savedQueries(store: Store, clock: Clock): SavedQueries {
  async function rowsOf(tenant: string, name: string): Promise<Row[]> {
    return store.query<Row>(`${SELECT} AND name = {name:String} ORDER BY version`, { tenant, name })
  }

  /** The first who takes a version has it: later inserts under its token are dropped. @returns whether it was us */
  async function take(tenant: string, name: string, version: number, text: string, saved_ms: number): Promise<boolean> {
    const row = JSON.stringify({ tenant, name, version, definition: text, saved_ms })
    await store.insertNative(
      'INSERT INTO saved_queries (tenant, name, version, definition, saved_ms) FORMAT JSONEachRow',
      Buffer.from(row),
      { token: JSON.stringify(['saved', tenant, name, version]) },
    )
    const there = (await rowsOf(tenant, name)).find((one) => one.version === version)
    return there?.definition === text
  }

  async function append(tenant: string, name: string, text: string): Promise<Pick<Saved, 'version' | 'saved_ms'>> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const newest = (await rowsOf(tenant, name)).at(-1)
      const version = (newest?.version ?? 0) + 1
      const saved_ms = clock()
      if (await take(tenant, name, version, text, saved_ms)) return { version, saved_ms }
    }
    throw new ApiError('store_unavailable', `others saved ${name} at the same time, again and again`)
  }

  async function get(tenant: string, name: string, version?: number): Promise<Saved | undefined> {
    const live = sinceDeleted(await rowsOf(tenant, name))
    const row = version === undefined ? live.at(-1) : live.find((one) => one.version === version)
    return row === undefined ? undefined : savedOf(row)
  }

  async function list(tenant: string): Promise<readonly Saved[]> {
    const rows = await store.query<Row>(`${SELECT} ORDER BY name, version`, { tenant })
    return [...Map.groupBy(rows, ({ name }) => name).values()].flatMap((own) =>
      sinceDeleted(own).slice(-1).map(savedOf),
    )
  }

  return {
    list,
    get,
    versions: async (tenant, name) => sinceDeleted(await rowsOf(tenant, name)).map(({ version }) => version),
    async put(tenant, name, definition) {
      const newest = await get(tenant, name)
      const text = JSON.stringify(definition)
      if (newest !== undefined && JSON.stringify(newest.definition) === text) return { saved: newest, is_new: false }
      if (newest === undefined && (await list(tenant)).length >= SAVED_MAX)
        throw new ApiError('rate_limited', `there are ${SAVED_MAX} saved queries, and that is the limit: delete some`, {
          more: { queries_max: SAVED_MAX },
        })
      return { saved: { name, definition, ...(await append(tenant, name, text)) }, is_new: true }
    },
    async remove(tenant, name) {
      if ((await get(tenant, name)) === undefined) return false
      await append(tenant, name, DELETED)
      return true
    },
  }
}

type Row = {
  readonly name: string
  readonly version: number
  readonly definition: string
  readonly saved_ms: string
}

/** Stands where a definition would. */
const DELETED = ''
const ATTEMPTS_MAX = 5
const SELECT = 'SELECT name, version, definition, saved_ms FROM saved_queries WHERE tenant = {tenant:String}'

/** @param rows of one name, ascending */
function sinceDeleted(rows: readonly Row[]): readonly Row[] {
  return rows.slice(rows.findLastIndex(({ definition }) => definition === DELETED) + 1)
}

function savedOf({ definition, name, saved_ms, version }: Row): Saved {
  return { name, version, definition: JSON.parse(definition) as SavedQuery, saved_ms: Number(saved_ms) }
}
