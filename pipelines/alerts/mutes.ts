import { parseAlertCommand } from '../../schemas/alert-commands.ts'
import type { AlertRecord } from '../../schemas/alerts.ts'
import type { Store } from '../store/client.ts'
import { covers } from './commands.ts'

/** Whether a user has muted what such an alert is about. */
export async function isMuted(
  store: Store,
  record: Pick<AlertRecord, 'tenant' | 'scope' | 'metric'>,
  now_ms: number,
): Promise<boolean> {
  const rows = await store.query<[string]>(
    "SELECT body FROM alert_settings FINAL WHERE tenant = {tenant:String} AND kind = 'mute' AND removed = 0",
    { tenant: record.tenant },
    { format: 'JSONCompactEachRow' },
  )
  return rows.some(([text]) => {
    const mute = parseAlertCommand(text)
    if (mute.kind !== 'mute' || !covers(mute.scope, mute.metric, record)) return false
    return mute.until === null || Date.parse(mute.until) > now_ms
  })
}
