import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import type { RandomBytes } from '../clock.ts'

/**
 * AES-256-GCM with random 96-bit nonces: safe for 2^32 messages under one key (NIST SP 800-38D, 8.3). A subject never
 * has that many; a tenant's own key wraps one message per subject and one per dead letter.
 *
 * @param nonce never used before with this key
 * @param head bytes that stand before the nonce in the blob, such as its version and key id
 * @param aad what the blob is bound to; opening under another one fails
 * @returns base64url of head, nonce, ciphertext, tag
 */
export function seal(
  key: KeyObject,
  nonce: Buffer,
  head: Uint8Array,
  aad: string | Buffer,
  plain: string | Uint8Array,
): string {
  const cipher = createCipheriv(ALGORITHM, key, nonce)
  cipher.setAAD(typeof aad === 'string' ? Buffer.from(aad) : aad)
  const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain)
  cipher.final()
  const blob = Buffer.allocUnsafe(head.length + NONCE_BYTES + body.length + TAG_BYTES)
  blob.set(head, 0)
  blob.set(nonce, head.length)
  blob.set(body, head.length + NONCE_BYTES)
  blob.set(cipher.getAuthTag(), blob.length - TAG_BYTES)
  return blob.toString('base64url')
}

/** @throws Error when the blob was changed, or sealed under another key or for another `aad` */
export function open(key: KeyObject, headBytes: number, aad: string, blob: Buffer): Buffer {
  if (blob.length < headBytes + NONCE_BYTES + TAG_BYTES) throw new Error('too short for a sealed blob')
  const body = headBytes + NONCE_BYTES
  const decipher = createDecipheriv(ALGORITHM, key, blob.subarray(headBytes, body), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(aad))
  decipher.setAuthTag(blob.subarray(blob.length - TAG_BYTES))
  return Buffer.concat([decipher.update(blob.subarray(body, blob.length - TAG_BYTES)), decipher.final()])
}

export const NONCE_BYTES = 12
const TAG_BYTES = 16
const ALGORITHM = 'aes-256-gcm'

/**
 * Nonces from one call to the system's generator for 512 of them: a call of its own costs 2 µs, a third of a seal.
 */
export function makeNonces(randomBytes: RandomBytes): () => Buffer {
  let pool: Buffer = Buffer.alloc(0)
  let used = 0
  return () => {
    if (used === pool.length) {
      pool = randomBytes(512 * NONCE_BYTES)
      used = 0
    }
    used += NONCE_BYTES
    return pool.subarray(used - NONCE_BYTES, used)
  }
}
