import { join } from 'node:path'
import type { Acceptor } from '../../ingest/accept.ts'
import { makeAcceptor } from '../../ingest/accepting.ts'
import type { Duplicates } from '../../ingest/duplicates.ts'
import { ENTRY_WORDS } from '../../ingest/recent-contents.ts'
import { systemClock } from '../../pipelines/clock.ts'
import type { Log } from '../../pipelines/log/port.ts'
import { DEMO, openTenants, type TenantsOptions } from '../../pipelines/tenants/open.ts'
import type { Tenant } from '../../pipelines/tenants/port.ts'
import { openVault, type VaultOptions } from '../../pipelines/vault/open.ts'
import type { Vault } from '../../pipelines/vault/port.ts'
import { TOPICS } from '../../schemas/topics.ts'

/** Keys and tenants of a home, for an acceptor here and for pipelines in their thread. */
export type Keys = AsyncDisposable & {
  readonly vault: Vault
  readonly tenant: Tenant
  readonly places: { readonly vault: VaultOptions; readonly tenants: TenantsOptions }
}

export async function openKeys(home: string): Promise<Keys> {
  const places = {
    vault: { key_file: join(home, 'master.key'), keys: { kind: 'embedded', home } },
    tenants: { kind: 'embedded', home },
  } as const
  const tenants = await openTenants(places.tenants)
  const tenant = await tenants.get(DEMO.name)
  await tenants.close()
  if (tenant === undefined) throw new Error('a fresh home has no tenant demo')
  const vault = await openVault(places.vault)
  return { vault, tenant, places, [Symbol.asyncDispose]: () => vault.close() }
}

/** The door as the engine has it. */
export async function openDoor(log: Log, keys: Keys, duplicates: Duplicates = LOOKS_NOTHING_UP): Promise<Acceptor> {
  const topic = TOPICS.events.name
  const partitions = await log.partitions(topic)
  return makeAcceptor({ log, vault: keys.vault, clock: systemClock, duplicates, topic, partitions })
}

/** For streams that are known to have none; the pipeline looks all the same. */
const LOOKS_NOTHING_UP: Duplicates = {
  find: async (_tenant, entries) => new Uint8Array(entries.length / ENTRY_WORDS),
  remember: () => undefined,
  tenantNumber: () => 0,
  close: () => undefined,
}
