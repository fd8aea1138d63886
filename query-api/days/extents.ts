import type { RequestOptions, Store } from '../../pipelines/store/client.ts'
import { binder } from '../metrics/binder.ts'
import { COARSEST } from '../metrics/windows-source.ts'
import type { Change } from './follow.ts'

/** Days, since 1970, from `from` to before `to`. */
export type Extent = { readonly from: number; readonly to: number }

export type Extents = {
  /** The days between which all rows of a tenant lie; empty for one that has none. @throws StoreError */
  of(tenant: string, request: RequestOptions): Promise<Extent>
  changed(change: Change): void
  forget(): void
}

/** Remembers where the days of each tenant begin and end, until one outside of them changes. */
export function rememberExtents(store: Store): Extents {
  const known = new Map<string, { reading: Promise<Extent>; extent: Extent | undefined }>()
  return {
    of(tenant, { signal: _, ...request }) {
      const entry = known.get(tenant)
      if (entry !== undefined) return entry.reading
      if (known.size >= TENANTS_MAX) known.clear()
      const read: { reading: Promise<Extent>; extent: Extent | undefined } = {
        reading: readExtent(store, tenant, request),
        extent: undefined,
      }
      known.set(tenant, read)
      read.reading.then(
        (extent) => {
          read.extent = extent
        },
        () => known.get(tenant) === read && known.delete(tenant),
      )
      return read.reading
    },
    changed({ day, tenant }) {
      const extent = known.get(tenant)?.extent
      if (extent === undefined || day < extent.from || day >= extent.to) known.delete(tenant)
    },
    forget: () => known.clear(),
  }
}

const TENANTS_MAX = 10_000

async function readExtent(store: Store, tenant: string, request: RequestOptions): Promise<Extent> {
  const { bind, statement } = binder()
  // Any row says where days are; the newest version of it says nothing more.
  const sql = `SELECT toUInt32(min(day)), toUInt32(max(day)), count() FROM ${COARSEST.name} WHERE tenant = ${bind(tenant, 'String')}`
  const [row] = await store.query<[number, number, string]>(sql, statement(sql).params, {
    ...request,
    format: 'JSONCompactEachRow',
  })
  const [first, last, rows] = row!
  return rows === '0' ? { from: 0, to: 0 } : { from: first, to: last + 1 }
}
