import { hkdfSync } from 'node:crypto'
import { join } from 'node:path'
import type { RandomBytes } from '../clock.ts'
import { connectStore } from '../store/client.ts'
import { openClickHouseKeys } from '../vault/clickhouse-keys.ts'
import { openEmbeddedKeys } from '../vault/embedded-keys.ts'
import { readKeyFile } from '../vault/key-file.ts'
import { isHashUnder, isHmac } from './api-key.ts'
import { TenantError } from './error.ts'
import type { TenantsOptions } from './options.ts'
import type { TenantStore } from './tenant-store.ts'

/**
 * The secret that API keys are hashed under: 32 bytes that follow from the key-encryption key, so that the table of
 * hashes is worth nothing without that file. Made with the file where nothing was sealed or hashed under one yet.
 *
 * @throws VaultError when the key file is readable by others, or missing where it was used before
 * @throws TenantError `wrong_key_file` when the keys that are there were hashed under another one
 */
export async function readPepper(
  options: TenantsOptions,
  tenants: Pick<TenantStore, 'keys'>,
  randomBytes: RandomBytes,
): Promise<Buffer> {
  const hashed = (await tenants.keys()).find(({ hash }) => isHmac(hash))
  const file = options.key_file ?? join(options.home, 'master.key')
  const kek = await readKeyFile(file, randomBytes, async () => hashed === undefined && !(await isSealed(options)))
  const pepper = Buffer.from(hkdfSync('sha256', kek, '', 'omnify api keys, version 1', 32))
  kek.fill(0)
  if (hashed !== undefined && !isHashUnder(hashed.hash, pepper))
    throw new TenantError(
      'wrong_key_file',
      `${file} is not the key file that the API keys were made with: copy that one here`,
    )
  return pepper
}

/** Whether anything was sealed under a key-encryption key. */
async function isSealed(options: TenantsOptions): Promise<boolean> {
  const keys =
    options.kind === 'embedded'
      ? openEmbeddedKeys(join(options.home, 'vault', 'keys.db'))
      : openClickHouseKeys(connectStore(options.store))
  try {
    return (await keys.anyTenantKey()) !== undefined
  } finally {
    await keys.close()
  }
}
