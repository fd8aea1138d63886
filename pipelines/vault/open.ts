import { join } from 'node:path'
import { openEmbeddedKeys } from './embedded-keys.ts'
import type { Vault } from './port.ts'
import { makeVault } from './vault.ts'

/** Plain data, so that a worker thread can be told to open a vault of its own. */
export type VaultOptions = {
  /** OMNIFY_KEY_FILE. */
  readonly key_file: string
  readonly subjects_cached_max?: number
  readonly keys: { readonly kind: 'embedded' /** OMNIFY_HOME */; readonly home: string }
}

/**
 * Opens the vault of this machine or, with ClickHouse, of all machines.
 *
 * @throws VaultError when the key file is wrong, missing, or readable by others
 */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const { key_file, keys, subjects_cached_max } = options
  const store = openEmbeddedKeys(join(keys.home, 'vault', 'keys.db'))
  try {
    return await makeVault({ keys: store, key_file, ...(subjects_cached_max && { subjects_cached_max }) })
  } catch (error) {
    await store.close()
    throw error
  }
}
