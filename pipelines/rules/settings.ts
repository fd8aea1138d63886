import { type AlertCommand, type AlertRule, parseAlertCommand } from '../../schemas/alert-commands.ts'
import { alert_settings } from '../../schemas/tables.ts'
import { fencedInsert, type Writer } from '../runner/fence.ts'
import type { Store } from '../store/client.ts'
import { NativeBlock } from '../store/native.ts'

/** A threshold rule as its newest command left it. */
export type Rule = { readonly tenant: string; readonly id: string; readonly version: number; readonly body: AlertRule }

export type RuleCommand = Extract<AlertCommand, { kind: 'rule' | 'rule_removed' }>

/** All rules that were not removed, of one tenant or of all, the oldest change first. */
export async function readRules(store: Store, tenant?: string): Promise<Rule[]> {
  const rows = await store.query<[string, string, string, string]>(
    `SELECT tenant, id, version, body FROM alert_settings FINAL WHERE kind = 'rule' AND removed = 0
     ${tenant === undefined ? '' : 'AND tenant = {tenant:String}'} ORDER BY version`,
    tenant === undefined ? {} : { tenant },
    { format: 'JSONCompactEachRow' },
  )
  return rows.flatMap(([owner, id, version, text]) => {
    const command = parseAlertCommand(text)
    return command.kind === 'rule' ? [{ tenant: owner, id, version: Number(version), body: command.body }] : []
  })
}

/** Keeps a rule as its command has it; the same command again is the same row. */
export async function keepRule(store: Store, writer: Writer, command: RuleCommand, offset: number): Promise<void> {
  const values: Readonly<Record<string, unknown>> = {
    ...{ tenant: command.tenant, kind: 'rule', id: command.rule, version: BigInt(offset + 1) },
    ...{ removed: command.kind === 'rule_removed' ? 1 : 0, body: JSON.stringify(command) },
  }
  const block = new NativeBlock(alert_settings.columns, 1)
  for (const { name } of alert_settings.columns) block.column(name).append(values[name] as never)
  await store.insertNative(fencedInsert(writer, alert_settings.name, alert_settings.columns), block.finish())
}
