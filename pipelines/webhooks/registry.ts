import type { Store } from '../store/client.ts'
import { insertRows } from '../store/insert-rows.ts'
import { VaultError } from '../vault/error.ts'
import type { Vault } from '../vault/port.ts'
import { type Secret, type Webhook, type WebhookDefinition, webhookDefinition } from './webhook.ts'

/** The webhooks in the store. The API writes them, delivery only reads. Secrets are sealed under the tenant's key. */
export type Registry = {
  /** All that were not removed, of one tenant or of all, the oldest first. */
  list(tenant?: string): Promise<readonly Webhook[]>
  get(tenant: string, id: string): Promise<Webhook | undefined>
  /** Durable when it resolves. Two changes at once: one of them stays. */
  put(webhook: Webhook, removed?: boolean): Promise<void>
}

/** @param onBroken  told of a webhook whose secret cannot be opened, which is left out then; without it that is thrown */
export function webhookRegistry(
  store: Store,
  vault: () => Promise<Pick<Vault, 'sealRaw' | 'openRaw'>>,
  onBroken?: (id: string, error: VaultError) => void,
): Registry {
  async function read(where: string, params: Readonly<Record<string, string>>): Promise<Webhook[]> {
    const rows = await store.query<Row>(
      `SELECT tenant, id, version, definition, secrets_sealed FROM webhooks FINAL WHERE removed = 0 ${where}`,
      params,
    )
    if (rows.length === 0) return []
    const opened = await vault()
    const all = await Promise.all(
      rows.map(async ({ definition, id, secrets_sealed, tenant, version }): Promise<Webhook[]> => {
        const sealed = await openSecrets(opened, tenant, secrets_sealed)
        if (sealed instanceof VaultError) {
          if (onBroken === undefined) throw sealed
          onBroken(id, sealed)
          return []
        }
        const { created_at, epoch, from_offset, ...rest } = JSON.parse(definition) as Kept
        const shape = webhookDefinition.parse(rest)
        return [{ ...shape, tenant, id, version: Number(version), epoch, from_offset, created_at, secrets: sealed }]
      }),
    )
    return all.flat().toSorted((a, b) => (a.created_at < b.created_at ? -1 : 1))
  }

  return {
    list: (tenant) => (tenant === undefined ? read('', {}) : read('AND tenant = {tenant:String}', { tenant })),
    get: async (tenant, id) => (await read('AND tenant = {tenant:String} AND id = {id:String}', { tenant, id }))[0],
    async put({ id, secrets, tenant, version, ...rest }, removed = false) {
      const sealed = await (await vault()).sealRaw(tenant, JSON.stringify(secrets))
      const kept: Kept = rest
      await insertRows(store, 'webhooks', COLUMNS, [
        [tenant, id, String(version), removed ? '1' : '0', JSON.stringify(kept), sealed],
      ])
    },
  }
}

async function openSecrets(vault: Pick<Vault, 'openRaw'>, tenant: string, sealed: string) {
  try {
    return JSON.parse(await vault.openRaw(tenant, sealed)) as Secret[]
  } catch (error) {
    if (error instanceof VaultError) return error
    throw error
  }
}

type Kept = WebhookDefinition & Pick<Webhook, 'epoch' | 'from_offset' | 'created_at'>
type Row = Readonly<Record<'tenant' | 'id' | 'version' | 'definition' | 'secrets_sealed', string>>

const COLUMNS = ['tenant', 'id', 'version', 'removed', 'definition', 'secrets_sealed']
