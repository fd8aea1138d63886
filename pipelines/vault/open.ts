import { join } from 'node:path'
import { connectStore, type StoreOptions } from '../store/client.ts'
import { openClickHouseKeys } from './clickhouse-keys.ts'
import { openEmbeddedKeys } from './embedded-keys.ts'
import type { Vault } from './port.ts'
import { makeVault } from './vault.ts'

/** Plain data, so that a worker thread can be told to open a vault of its own. */
export type VaultOptions = {
  /** OMNIFY_KEY_FILE; with ClickHouse the same file must lie on every machine. */
  readonly key_file: string
  readonly subjects_cached_max?: number
  /** A file of OMNIFY_HOME, or the tables of a ClickHouse server that all machines use. */
  readonly keys:
    | { readonly kind: 'embedded'; readonly home: string }
    | { readonly kind: 'clickhouse'; readonly store: StoreOptions }
}

/**
 * Opens the vault of this machine or, with ClickHouse, of all machines. The tables must have been migrated.
 *
 * @throws VaultError when the key file is wrong, missing, or readable by others
 */
export async function openVault({ key_file, keys, subjects_cached_max }: VaultOptions): Promise<Vault> {
  const store =
    keys.kind === 'embedded'
      ? openEmbeddedKeys(join(keys.home, 'vault', 'keys.db'))
      : openClickHouseKeys(connectStore(keys.store))
  try {
    return await makeVault({ keys: store, key_file, ...(subjects_cached_max && { subjects_cached_max }) })
  } catch (error) {
    await store.close()
    throw error
  }
}
