import { createSecretKey } from 'node:crypto'
import type { Sealed } from '../../schemas/canonical.ts'
import type { Personal } from '../../schemas/fields.ts'
import { type RandomBytes, systemRandomBytes } from '../clock.ts'
import { makeNonces, open, seal } from './cipher.ts'
import { VaultError } from './error.ts'
import { normalEmail, normalPhone, normalSubject, readSubject } from './handles.ts'
import { readKeyFile } from './key-file.ts'
import type { KeyStore } from './key-store.ts'
import type { SealItem, Vault } from './port.ts'
import { SubjectCache } from './subject-cache.ts'
import {
  KEY_ID_BYTES,
  newTenantKey,
  openSubjectKey,
  openTenantKey,
  pepperHmac,
  type TenantRing,
} from './tenant-ring.ts'

export type VaultParts = {
  readonly keys: KeyStore
  /** Path of the key-encryption key; made at first start, when no key was wrapped yet. */
  readonly key_file: string
  readonly randomBytes?: RandomBytes
  /** Subject keys kept unwrapped in memory; about 500 bytes each. */
  readonly subjects_cached_max?: number
}

/**
 * The vault over a key store. Closing the vault closes the store.
 *
 * @throws VaultError `key_file_invalid`, `key_file_missing`, `key_file_wrong`
 */
export async function makeVault(parts: VaultParts): Promise<Vault> {
  const { keys, randomBytes = systemRandomBytes, subjects_cached_max = 50_000 } = parts
  const known = await keys.anyTenantKey()
  const kekBytes = await readKeyFile(parts.key_file, randomBytes, async () => known === undefined)
  const kek = createSecretKey(kekBytes)
  kekBytes.fill(0)
  if (known !== undefined) openTenantKey(kek, known)

  const nonce = makeNonces(randomBytes)
  const rings = new Map<string, TenantRing>()
  const subjects = new SubjectCache(keys, randomBytes, subjects_cached_max)

  async function findRing(tenant: string): Promise<TenantRing | undefined> {
    const cached = rings.get(tenant)
    if (cached !== undefined) return cached
    const key = await keys.tenantKey(tenant)
    if (key === undefined) return undefined
    const ring = openTenantKey(kek, key)
    rings.set(tenant, ring)
    return ring
  }
  async function ringOf(tenant: string): Promise<TenantRing> {
    const found = await findRing(tenant)
    if (found !== undefined) return found
    const ring = openTenantKey(kek, await keys.addTenantKey(newTenantKey(kek, tenant, randomBytes)))
    rings.set(tenant, ring)
    return ring
  }

  return {
    async seal(tenant, items) {
      if (items.length === 0) return []
      const ring = await ringOf(tenant)
      const marks = items.map((item) => mark(ring, item))
      const entries = await subjects.get(ring, marks)
      return marks.map(({ plain, sealed }, at) => {
        const { key, head, aad } = entries[at]!
        return { blob: seal(key, nonce(), head, aad, plain), ...sealed }
      })
    },

    async open(tenant, blob) {
      const ring = await findRing(tenant)
      const bytes = Buffer.from(blob, 'base64url')
      if (ring === undefined || bytes[0] !== SUBJECT_BLOB) throw notOurs(tenant)
      const id = bytes.subarray(1, 1 + KEY_ID_BYTES).toString('base64url')
      const key = await keys.keyById(tenant, id)
      if (key === undefined) return 'erased'
      return JSON.parse(
        tryOpen(tenant, () => open(openSubjectKey(ring, key), 1 + KEY_ID_BYTES, `${tenant}\0${id}`, bytes)),
      )
    },

    async sealRaw(tenant, raw) {
      const ring = await ringOf(tenant)
      return seal(ring.raw, nonce(), RAW_HEAD, `raw\0${tenant}`, raw)
    },

    async openRaw(tenant, sealed) {
      const ring = await findRing(tenant)
      const bytes = Buffer.from(sealed, 'base64url')
      if (ring === undefined || bytes[0] !== RAW_BLOB) throw notOurs(tenant)
      return tryOpen(tenant, () => open(ring.raw, RAW_HEAD.length, `raw\0${tenant}`, bytes))
    },

    async hmac(tenant, kind, value) {
      return pepperHmac(await ringOf(tenant), kind, kind === 'email' ? normalEmail(value) : normalPhone(value))
    },

    async erase(tenant, subject) {
      const ring = await findRing(tenant)
      if (ring === undefined) return { keys_destroyed: 0 }
      const meant = readSubject(subject)
      const handles: string[] = []
      if (meant.email !== undefined) handles.push(pepperHmac(ring, 'email', meant.email))
      if (meant.phone !== undefined) handles.push(pepperHmac(ring, 'phone', meant.phone))
      const hashed = pepperHmac(ring, 'subject', meant.subject)
      return { keys_destroyed: await keys.erase(tenant, { subjects: [hashed], handles }) }
    },

    close: () => keys.close(),
  }
}

/** One item on its way: what is sealed, and what joins and the subject's index need. */
export type Mark = {
  /** The subject as it was given, normalised: a key of the cache in memory, never stored. */
  readonly subject: string
  readonly handles: readonly string[]
  readonly plain: string
  readonly sealed: Omit<Sealed, 'blob'>
}

function mark(ring: TenantRing, { subject, personal }: SealItem): Mark {
  const plain = inOneSpelling(personal)
  const email = normalEmail(personal.email ?? '')
  const phone = normalPhone(personal.phone ?? '')
  const sealed = {
    hmac: pepperHmac(ring, 'personal', plain),
    ...(email === '' ? undefined : { email_hmac: pepperHmac(ring, 'email', email) }),
    ...(phone === '' ? undefined : { phone_hmac: pepperHmac(ring, 'phone', phone) }),
  }
  const handles = [sealed.email_hmac, sealed.phone_hmac].filter((handle) => handle !== undefined)
  return { subject: normalSubject(subject), handles, plain, sealed }
}

/** The known fields in one order, so that two sendings of the same person have one HMAC. */
function inOneSpelling({ email, phone, name, address, ip }: Personal): string {
  return JSON.stringify({
    email: email ?? undefined,
    phone: phone ?? undefined,
    name: name ?? undefined,
    address: address ?? undefined,
    ip: ip ?? undefined,
  })
}

function tryOpen(tenant: string, work: () => Buffer): string {
  try {
    return work().toString('utf8')
  } catch (cause) {
    if (cause instanceof VaultError) throw cause
    throw new VaultError('decryption_failed', `a sealed blob of ${tenant} is damaged or of another tenant`, { cause })
  }
}

function notOurs(tenant: string): VaultError {
  return new VaultError('decryption_failed', `not a sealed blob of ${tenant}`)
}

const SUBJECT_BLOB = 1
const RAW_BLOB = 2
const RAW_HEAD = new Uint8Array([RAW_BLOB])
