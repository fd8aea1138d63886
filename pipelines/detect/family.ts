import type { AlertRecord } from '../../schemas/alerts.ts'
import { isEnded, revise } from '../alerts/commands.ts'
import { parentAmong, readChildren } from '../alerts/family.ts'
import type { Revision } from '../alerts/journal.ts'
import type { Store } from '../store/client.ts'
import type { Case } from './desk.ts'
import type { Trends } from './trends/look.ts'

/**
 * Ties the alerts of a look together: what opens is told with the alert that it is within, and that one is told of again
 * with the new child, also where a rule or a creative raised it meanwhile. What has no relatives stays as it is.
 *
 * @param revisions  of this look, not yet written
 */
export async function withFamily(
  store: Store,
  watched: { readonly tenant: string; readonly cases: ReadonlyMap<string, Case>; readonly trends: Trends },
  revisions: readonly Revision[],
): Promise<Revision[]> {
  const all = [...watched.cases.values(), ...watched.trends.told.values()]
  const open = all.filter(({ record }) => !isEnded(record))
  if (open.length === 0) return [...revisions]
  const unwritten = new Map(revisions.map((revision) => [revision.record.id, revision]))

  function change(one: (typeof all)[number], changes: Partial<AlertRecord>): void {
    const known = unwritten.get(one.record.id)
    const record =
      known === undefined ? revise(one.record, { ...changes, reason: 'grew' }) : { ...one.record, ...changes }
    if (record === undefined) return
    one.record = record
    const { record: _, ...life } = one
    unwritten.set(record.id, { record, life: known?.life ?? JSON.stringify(life) })
  }

  const opened = open.filter(({ record }) => record.revision === 1 && unwritten.has(record.id))
  for (const one of opened) {
    const parent = parentAmong(
      one.record,
      open.map(({ record }) => record),
    )
    if (parent !== null) change(one, { parent })
  }
  const others = await readChildren(
    store,
    watched.tenant,
    open.map(({ record }) => record.id),
  )
  for (const one of open) {
    const { id } = one.record
    const own = all.flatMap(({ record }) => (record.parent === id ? [record.id] : []))
    // A child that ended long ago is no longer in memory, and stays one.
    const children = [...new Set([...one.record.children, ...own, ...(others.get(id) ?? [])])].sort()
    if (children.length > one.record.children.length) change(one, { children })
  }
  return [...unwritten.values()]
}
