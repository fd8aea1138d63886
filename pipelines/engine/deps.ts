import type { Bloom } from '../identities/bloom.ts'
import type { Known } from '../identities/known.ts'
import type { Store } from '../store/client.ts'
import type { Tenants } from '../tenants/port.ts'
import type { Vault } from '../vault/port.ts'

export type EngineDeps = {
  readonly store: Store
  readonly vault: Vault
  readonly tenants: Tenants
  /** Whether only we can have written the log. */
  readonly is_own_log: boolean
  /** What may have been seen, over all partitions that this process ever held. */
  readonly bloom: Bloom
  /** Fills it. */
  readonly known: Pick<Known, 'fill'>
  /** Window cells held per partition. */
  readonly cells_max: number
}
