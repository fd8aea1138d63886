import type { RequestOptions, Store } from '../../pipelines/store/client.ts'
import { dimensionOf } from '../../schemas/metrics.ts'
import { binder } from './binder.ts'
import { newestNames, type Scope } from './group.ts'
import type { Plan } from './plan.ts'
import type { Groups } from './read.ts'

/** Of each name dimension: `platform\0account\0id` → the newest name. */
export type Names = ReadonlyMap<string, ReadonlyMap<string, string>>

/** Looks up the names of the ids in the answer; past this many ids all names of the kind are read instead. */
const IDS_MAX = 5_000

export async function readNames(
  store: Store,
  plan: Plan,
  scope: Scope,
  groups: readonly Groups[],
  options: () => RequestOptions,
): Promise<Names> {
  const asked = plan.request.dimensions.filter((d) => dimensionOf.get(d)!.kind === 'name')
  const read = async (dimension: string): Promise<[string, ReadonlyMap<string, string>]> => {
    const kind = dimensionOf.get(dimension)!.of!
    const at = plan.keys.indexOf(kind)
    const ids = new Set(groups.flatMap((g) => [...g.values()].map(({ keys }) => keys[at]!)))
    const { bind, statement } = binder()
    const names = newestNames(kind, scope, bind)
    const some = ids.size > IDS_MAX ? '' : ` WHERE entity IN ${bind([...ids], 'Array(String)')}`
    const sql = `SELECT toString(platform), toString(account), entity, name FROM (${names})${some}`
    const rows = await store.query<[string, string, string, string]>(sql, statement(sql).params, {
      ...options(),
      format: 'JSONCompactEachRow',
    })
    return [
      dimension,
      new Map(rows.map(([platform, account, entity, name]) => [nameKey(platform, account, entity), name])),
    ]
  }
  return new Map(await Promise.all(asked.map(read)))
}

export function nameKey(platform: string, account: string, id: string): string {
  return `${platform}\0${account}\0${id}`
}
