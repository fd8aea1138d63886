import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto'

/**
 * AES-256-GCM with random 96-bit nonces: safe for 2^32 messages under one key (NIST SP 800-38D, 8.3). A subject never
 * has that many; a tenant's own key wraps one message per subject and one per dead letter.
 *
 * @param head bytes that stand before the nonce in the blob, such as its version and key id
 * @param aad what the blob is bound to; opening under another one fails
 * @returns base64url of head, nonce, ciphertext, tag
 */
export function seal(key: KeyObject, head: Uint8Array, aad: string, plain: string | Uint8Array): string {
  const cipher = createCipheriv(ALGORITHM, key, nextNonce())
  cipher.setAAD(Buffer.from(aad))
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

// One call to the system's generator for 512 nonces: a call of its own costs 2 µs, a third of a seal. Nonces are the
// one kind of randomness that is not a parameter: a test that could repeat one would test nothing of use.
const nonces = Buffer.alloc(512 * NONCE_BYTES)
let used = nonces.length
let nonce: Buffer = nonces.subarray(0, NONCE_BYTES)

function nextNonce(): Buffer {
  if (used === nonces.length) {
    randomFillSync(nonces)
    used = 0
  }
  nonce = nonces.subarray(used, used + NONCE_BYTES)
  used += NONCE_BYTES
  return nonce
}
