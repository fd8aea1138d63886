import type { Store } from '../store/client.ts'
import type { Vault } from '../vault/port.ts'

export type StreamDeps = {
  readonly store: Store
  /** Seals the bytes of dead letters. */
  readonly vault: Vault
  /** Window cells held per partition and set of windows, besides those of the batch under way. */
  readonly cells_max: number
}
