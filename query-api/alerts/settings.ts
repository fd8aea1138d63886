import type { Store } from '../../pipelines/store/client.ts'
import { type AlertCommand, parseAlertCommand } from '../../schemas/alert-commands.ts'

type Kinds = 'mute' | 'expected_event' | 'settings'
type Setting<K extends Kinds> = Extract<AlertCommand, { kind: K }>

/** What a tenant has set and not taken back, as the commands that did so, the oldest first. */
export async function readSettings<K extends Kinds>(
  store: Store,
  tenant: string,
  kind: K,
  signal: AbortSignal,
): Promise<readonly Setting<K>[]> {
  const rows = await store.query<[string]>(
    `SELECT body FROM alert_settings FINAL WHERE tenant = {tenant:String} AND kind = {kind:String} AND removed = 0
     ORDER BY version`,
    { tenant, kind },
    { signal, format: 'JSONCompactEachRow' },
  )
  return rows.map(([body]) => parseAlertCommand(body)).filter((one): one is Setting<K> => one.kind === kind)
}
