import { type AlertCommand, parseAlertCommand } from '../../schemas/alert-commands.ts'
import type { AlertRecord, AlertScope } from '../../schemas/alerts.ts'
import { alert_settings } from '../../schemas/tables.ts'
import { covers } from '../alerts/commands.ts'
import { fencedInsert, type Writer } from '../runner/fence.ts'
import type { Store } from '../store/client.ts'
import { NativeBlock } from '../store/native.ts'
import { scopeKey } from './core/scope.ts'
import { KNOBS, type Knobs } from './core/tick.ts'

/** What users have set: the newest command of each mute, expected event and of the knob, by tenant. */
export class Settings {
  private readonly kept = new Map<string, AlertCommand>()

  static async load(store: Store): Promise<Settings> {
    const rows = await store.query<[string]>(
      'SELECT body FROM alert_settings FINAL WHERE removed = 0 ORDER BY version',
      {},
      { format: 'JSONCompactEachRow' },
    )
    const settings = new Settings()
    for (const [body] of rows) settings.take(parseAlertCommand(body))
    return settings
  }

  /** @returns whether the command is a setting, and so is to be kept */
  take(command: AlertCommand): boolean {
    const key = keyOf(command)
    if (key === undefined) return false
    if (isRemoval(command)) this.kept.delete(`${command.tenant} ${key.kind} ${key.id}`)
    else this.kept.set(`${command.tenant} ${key.kind} ${key.id}`, command)
    return true
  }

  isMuted(tenant: string, record: Pick<AlertRecord, 'scope' | 'metric'>, at_ms: number): boolean {
    return this.of(tenant, 'mute').some(
      ({ metric, scope, until }) => covers(scope, metric, record) && (until === null || Date.parse(until) > at_ms),
    )
  }

  expected(tenant: string): { readonly scope: string; readonly from_ms: number; readonly to_ms: number }[] {
    return this.of(tenant, 'expected_event').map(({ from, scope, to }) => ({
      scope: scopeKey(scope as AlertScope),
      from_ms: Date.parse(from),
      to_ms: Date.parse(to),
    }))
  }

  knobs(tenant: string): Knobs {
    const [settings] = this.of(tenant, 'settings')
    return settings === undefined ? KNOBS : { ...KNOBS, alerts_a_day: settings.alerts_a_day }
  }

  private of<K extends AlertCommand['kind']>(tenant: string, kind: K): Extract<AlertCommand, { kind: K }>[] {
    return [...this.kept.values()].filter(
      (one): one is Extract<AlertCommand, { kind: K }> => one.tenant === tenant && one.kind === kind,
    )
  }
}

/** Writes commands that are settings; the same again is the same row. */
export async function keepSettings(
  store: Store,
  writer: Writer,
  commands: readonly { readonly command: AlertCommand; readonly offset: number }[],
): Promise<void> {
  const block = new NativeBlock(alert_settings.columns, commands.length)
  for (const { command, offset } of commands) {
    const key = keyOf(command)
    if (key === undefined) continue
    block.column('tenant').append(command.tenant)
    block.column('kind').append(key.kind)
    block.column('id').append(key.id)
    block.column('version').append(BigInt(offset + 1))
    block.column('removed').append(isRemoval(command) ? 1 : 0)
    block.column('body').append(JSON.stringify(command))
  }
  if (block.rows === 0) return
  await store.insertNative(fencedInsert(writer, alert_settings.name, alert_settings.columns), block.finish())
}

function keyOf(command: AlertCommand): { readonly kind: string; readonly id: string } | undefined {
  switch (command.kind) {
    case 'mute':
    case 'unmute':
      return { kind: 'mute', id: command.mute }
    case 'expected_event':
    case 'expected_event_removed':
      return { kind: 'expected_event', id: command.event }
    case 'settings':
      return { kind: 'settings', id: '' }
    default:
      return undefined
  }
}

function isRemoval({ kind }: AlertCommand): boolean {
  return kind === 'unmute' || kind === 'expected_event_removed'
}
