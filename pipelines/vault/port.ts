import type { Sealed } from '../../schemas/canonical.ts'
import type { Personal } from '../../schemas/fields.ts'

/**
 * Keeps personal data unreadable outside: AES-256-GCM under a key per subject, wrapped by the tenant's key, itself
 * wrapped by the key-encryption key. Erasing a subject destroys its key and nothing else.
 */
export type Vault = {
  /**
   * Seals the personal data of many events of one tenant, in order. Missing subject keys are made and are durable
   * before this resolves, so that nothing on the log is ever sealed under a key that a crash can lose.
   */
  seal(tenant: string, items: readonly SealItem[]): Promise<readonly Sealed[]>
  /** Opens a sealed blob; `erased` when its subject's key was destroyed. */
  open(tenant: string, blob: string): Promise<Personal | 'erased'>
  /** Seals raw bytes that may hold personal data of an unknown subject, under the tenant's own key. */
  sealRaw(tenant: string, raw: string): Promise<string>
  openRaw(tenant: string, sealed: string): Promise<string>
  /** HMAC of a normalised join value (trimmed, lower-cased e-mail; digits of a phone) with the tenant's pepper, hex. */
  hmac(tenant: string, kind: 'email' | 'phone', value: string): Promise<string>
  /** Destroys all keys of a subject: a customer id, visitor id, e-mail or phone. Idempotent. */
  erase(tenant: string, subject: string): Promise<{ readonly keys_destroyed: number }>
  close(): Promise<void>
}

export type SealItem = { readonly subject: string; readonly personal: Personal }
