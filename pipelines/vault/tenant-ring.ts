import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { RandomBytes } from '../clock.ts'
import { NONCE_BYTES, open, seal } from './cipher.ts'
import { VaultError } from './error.ts'
import type { SubjectKey, TenantKey } from './key-store.ts'

/** The keys of one tenant, unwrapped. The pepper is apart from the key: joins must outlive a change of the key. */
export type TenantRing = {
  readonly tenant: string
  /** Wraps subject keys. */
  readonly wrap: KeyObject
  /** Seals raw bytes of unknown subjects. */
  readonly raw: KeyObject
  readonly pepper: KeyObject
}

/** A new tenant's key and pepper, wrapped by the key-encryption key. */
export function newTenantKey(kek: KeyObject, tenant: string, randomBytes: RandomBytes): TenantKey {
  const aad = `tenant\0${tenant}`
  return { tenant, wrapped: seal(kek, randomBytes(NONCE_BYTES), VERSION, aad, randomBytes(SECRET_BYTES)) }
}

/** @throws VaultError `key_file_wrong` when another key-encryption key wrapped it */
export function openTenantKey(kek: KeyObject, { tenant, wrapped }: TenantKey): TenantRing {
  let secret: Buffer
  try {
    secret = open(kek, VERSION.length, `tenant\0${tenant}`, Buffer.from(wrapped, 'base64url'))
  } catch (cause) {
    throw new VaultError('key_file_wrong', `the key file is not the one that the keys of ${tenant} were made with`, {
      cause,
    })
  }
  const master = secret.subarray(0, 32)
  const derive = (use: string) => createSecretKey(createHmac('sha256', master).update(use).digest())
  const ring = { tenant, wrap: derive('wrap'), raw: derive('raw'), pepper: createSecretKey(secret.subarray(32)) }
  secret.fill(0)
  return ring
}

/** HMAC-SHA-256 with the pepper, cut to 128 bits, hex. `kind` keeps uses apart: no e-mail equals any subject. */
export function pepperHmac(ring: TenantRing, kind: string, value: string): string {
  return createHmac('sha256', ring.pepper).update(`${kind}\0${value}`).digest('hex').slice(0, 32)
}

/** A new key for a subject, wrapped by the tenant's key. */
export function newSubjectKey(ring: TenantRing, randomBytes: RandomBytes): SubjectKey {
  const id = randomBytes(KEY_ID_BYTES).toString('base64url')
  const aad = `subject\0${ring.tenant}\0${id}`
  return { id, wrapped: seal(ring.wrap, randomBytes(NONCE_BYTES), VERSION, aad, randomBytes(32)) }
}

/** @throws VaultError `decryption_failed` when the stored key is damaged */
export function openSubjectKey(ring: TenantRing, { id, wrapped }: SubjectKey): KeyObject {
  try {
    const aad = `subject\0${ring.tenant}\0${id}`
    const secret = open(ring.wrap, VERSION.length, aad, Buffer.from(wrapped, 'base64url'))
    const key = createSecretKey(secret)
    secret.fill(0)
    return key
  } catch (cause) {
    throw new VaultError('decryption_failed', `subject key ${id} of ${ring.tenant} cannot be unwrapped`, { cause })
  }
}

export const KEY_ID_BYTES = 12
const SECRET_BYTES = 64
const VERSION = new Uint8Array([1])
