import type { AlertRecord } from '../../schemas/alerts.ts'
import type { Store } from '../store/client.ts'

/**
 * Whether an alert of this id has been told of before. Its revisions have their bytes for ever, so what a user took back
 * cannot be opened anew under the same id, however long its cause lasts.
 */
export async function wasTold(store: Store, { id, tenant }: Pick<AlertRecord, 'id' | 'tenant'>): Promise<boolean> {
  const rows = await store.query<[number]>(
    'SELECT 1 FROM alerts WHERE tenant = {tenant:String} AND id = {id:String} LIMIT 1',
    { tenant, id },
    { format: 'JSONCompactEachRow' },
  )
  return rows.length > 0
}
