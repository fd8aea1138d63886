import type { StoreOptions } from '../pipelines/store/client.ts'
import type { TenantsOptions } from '../pipelines/tenants/open.ts'
import type { VaultOptions } from '../pipelines/vault/open.ts'
import type { Config } from './config.ts'
import { stderrLogger } from './engine/logger.ts'
import { openStore } from './engine/store.ts'

export type KeyPlaces = { readonly tenants: TenantsOptions; readonly vault: VaultOptions }

/**
 * Where tenants and keys are kept: in OMNIFY_HOME, or with a ClickHouse server in its tables, since then other machines
 * read the same personal data. The key file stays outside of both.
 *
 * @param access how the store is reached
 */
export function keyPlaces({ home, keyFile, clickhouseUrl }: Config, access: StoreOptions): KeyPlaces {
  return clickhouseUrl === undefined ? atHome(home, keyFile) : inClickHouse(home, keyFile, access)
}

/** The same for a command of its own: a server's tables are migrated; the embedded store is not needed, nor started. */
export async function findKeyPlaces(config: Config, stderr: NodeJS.WritableStream): Promise<KeyPlaces> {
  if (config.clickhouseUrl === undefined) return atHome(config.home, config.keyFile)
  const opened = await openStore(config, stderrLogger(stderr, { info: false }))
  await opened.stop()
  return inClickHouse(config.home, config.keyFile, opened.access)
}

function atHome(home: string, key_file: string): KeyPlaces {
  return { tenants: { kind: 'embedded', home, key_file }, vault: { key_file, keys: { kind: 'embedded', home } } }
}

function inClickHouse(home: string, key_file: string, store: StoreOptions): KeyPlaces {
  return {
    tenants: { kind: 'clickhouse', store, home, key_file },
    vault: { key_file, keys: { kind: 'clickhouse', store } },
  }
}
