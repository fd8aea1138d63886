export type VaultErrorCode =
  /** The file of the key-encryption key has the wrong size or others may read it. */
  | 'key_file_invalid'
  /** The file is gone while there are keys that only it can open. */
  | 'key_file_missing'
  /** The file is another one than the one the tenants' keys were wrapped with. */
  | 'key_file_wrong'
  /** A blob is damaged, of another tenant, or none of ours. */
  | 'decryption_failed'

export class VaultError extends Error {
  readonly code: VaultErrorCode
  constructor(code: VaultErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'VaultError'
    this.code = code
  }
}
