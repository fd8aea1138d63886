import type { StoreOptions } from '../store/client.ts'

/** Plain data, so that a worker thread can be told to open tenants of its own. */
export type TenantsOptions = {
  /** OMNIFY_HOME: the embedded registry, and in both forms the files of new keys. */
  readonly home: string
  /** OMNIFY_KEY_FILE, from which the secret of the hashes follows; `master.key` of the home when absent. */
  readonly key_file?: string
} & ({ readonly kind: 'embedded' } | { readonly kind: 'clickhouse'; readonly store: StoreOptions })
