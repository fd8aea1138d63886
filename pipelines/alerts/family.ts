import { type AlertRecord, parseAlert } from '../../schemas/alerts.ts'
import type { Store } from '../store/client.ts'
import { covers, isEnded } from './commands.ts'

/**
 * Within which alert another one is: an open one of a wider kind (a decline over weeks, then an hour that is off, then what
 * a rule or a creative says) whose scope holds its scope. Of several the narrowest, then that of the nearest kind.
 *
 * An anomaly is within no other anomaly: what is off in one scope and in another that holds it is one incident.
 */
export function parentAmong(
  record: Pick<AlertRecord, 'id' | 'kind' | 'scope' | 'metric'>,
  candidates: Iterable<AlertRecord>,
): string | null {
  let best: AlertRecord | undefined
  for (const one of candidates) {
    if (isEnded(one) || WIDTH[one.kind] <= WIDTH[record.kind] || !covers(one.scope, null, record)) continue
    if (best === undefined || compare(one, best) < 0) best = one
  }
  return best?.id ?? null
}

/** The parent of an alert that is about to be opened, by those that detection has told of. */
export async function parentOf(store: Store, record: AlertRecord): Promise<string | null> {
  const rows = await store.query<[string]>(
    `SELECT record FROM (SELECT record, ended_at FROM alerts WHERE tenant = {tenant:String} AND kind IN ('anomaly', 'trend')
     ORDER BY revision DESC, seq DESC LIMIT 1 BY id) WHERE ended_at IS NULL`,
    { tenant: record.tenant },
    { format: 'JSONCompactEachRow' },
  )
  return parentAmong(
    record,
    rows.map(([bytes]) => parseAlert(bytes)),
  )
}

/** Alerts of rules and of creatives that began within these, by parent. */
export async function readChildren(
  store: Store,
  tenant: string,
  parents: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await store.query<[string, string]>(
    `SELECT JSONExtractString(record, 'parent') AS parent, id FROM alerts FINAL
     WHERE tenant = {tenant:String} AND revision = 1 AND kind IN ('threshold', 'fatigue') AND parent IN {parents:Array(String)}
     ORDER BY id`,
    { tenant, parents },
    { format: 'JSONCompactEachRow' },
  )
  const all = Map.groupBy(rows, ([parent]) => parent)
  return new Map([...all].map(([parent, found]) => [parent, found.map(([, id]) => id)]))
}

const WIDTH: Readonly<Record<AlertRecord['kind'], number>> = { trend: 2, anomaly: 1, threshold: 0, fatigue: 0 }

function compare(a: AlertRecord, b: AlertRecord): number {
  const narrower = Object.keys(b.scope).length - Object.keys(a.scope).length
  return narrower || WIDTH[a.kind] - WIDTH[b.kind] || (a.id < b.id ? -1 : 1)
}
