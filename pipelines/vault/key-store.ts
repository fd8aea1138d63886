/**
 * Where wrapped keys are kept. Two adapters: a file of this machine (`embedded-keys.ts`) and ClickHouse
 * (`clickhouse-keys.ts`). All values are text: base64url for wrapped keys and key ids, hex for hashed subjects.
 */
export type KeyStore = {
  /** Any tenant's key, to see at start whether the key file is the right one. */
  anyTenantKey(): Promise<TenantKey | undefined>
  tenantKey(tenant: string): Promise<TenantKey | undefined>
  /** Adds the tenant's key unless there is one, durably; gives the one that counts from now on. */
  addTenantKey(key: TenantKey): Promise<TenantKey>

  /** A key per subject, where there is one. */
  subjectKeys(tenant: string, subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>>
  /**
   * Adds keys and links of subjects, durably, in one transaction; gives the key to seal with, per subject. Where two
   * processes race, a subject may end up with two keys: ciphertext names its key, and erasing destroys all of them.
   */
  addSubjects(tenant: string, subjects: readonly NewSubject[]): Promise<ReadonlyMap<string, SubjectKey>>
  /** The wrapped key of this id, or undefined when it was destroyed. */
  keyById(tenant: string, id: string): Promise<SubjectKey | undefined>

  /**
   * Destroys the keys and links of the subjects named and of those that the handles are linked to, so that neither
   * can be read from the disk any more.
   */
  erase(tenant: string, what: { subjects: readonly string[]; handles: readonly string[] }): Promise<number>
  /** How often keys were destroyed: a cache that was filled under another number must be emptied. */
  erasures(): Promise<number>
  close(): Promise<void>
}

export type TenantKey = { readonly tenant: string; readonly wrapped: string }
export type SubjectKey = { readonly id: string; readonly wrapped: string }

export type NewSubject = {
  readonly subject: string
  /** Taken unless the subject has a key already. */
  readonly key: SubjectKey
  /** Hashed e-mail addresses and phones that lead to this subject. */
  readonly handles: readonly string[]
}
