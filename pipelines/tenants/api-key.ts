import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { RandomBytes } from '../clock.ts'

/**
 * An API key: `omk_` so that secret scanners and people know it, an id to find it by, 190 random bits, and a checksum
 * that tells a mistyped key from an unknown one without asking anybody. Base62, so that a double click selects it.
 */
export type ApiKey = { readonly id: string; readonly text: string }

export function newApiKey(randomBytes: RandomBytes): ApiKey {
  const id = base62(ID_LENGTH, randomBytes)
  const body = `omk_${id}_${base62(SECRET_LENGTH, randomBytes)}`
  return { id, text: body + checksum(body) }
}

/** The id in a key's text, or undefined when it cannot be one of ours. */
export function idOfApiKey(text: string): string | undefined {
  const match = SHAPE.exec(text)
  if (match === null) return undefined
  const [, body = '', id, sum] = match
  return checksum(body) === sum ? id : undefined
}

/**
 * What is kept of a key: an HMAC, so that the table of them is worth nothing without the key file, and a fingerprint of
 * the secret it was made with.
 */
export function hashOfApiKey(text: string, pepper: Buffer): string {
  return `${markOf(pepper)}${hmac(pepper, text)}`
}

/** Whether a kept hash is that of a key. Keys from before the HMAC have a SHA-256, and go on working. */
export function isHashOf(kept: string, text: string, pepper: Buffer): boolean {
  const hash = isHmac(kept) ? hashOfApiKey(text, pepper) : createHash('sha256').update(text).digest('hex')
  return kept.length === hash.length && timingSafeEqual(Buffer.from(kept), Buffer.from(hash))
}

export function isHmac(kept: string): boolean {
  return kept.startsWith(HMAC)
}

/** Whether a kept HMAC was made with this secret. */
export function isHashUnder(kept: string, pepper: Buffer): boolean {
  return kept.startsWith(markOf(pepper))
}

function markOf(pepper: Buffer): string {
  return `${HMAC}${hmac(pepper, 'fingerprint').slice(0, 8)}:`
}

function hmac(pepper: Buffer, text: string): string {
  return createHmac('sha256', pepper).update(text).digest('hex')
}

const HMAC = 'hmac1:'

function base62(length: number, randomBytes: RandomBytes): string {
  let out = ''
  while (out.length < length) {
    // 248 = 4 × 62: larger bytes are left out, or the first letters would come more often than the others.
    for (const byte of randomBytes(length)) if (byte < 248 && out.length < length) out += ALPHABET[byte % 62]
  }
  return out
}

function checksum(body: string): string {
  let rest = crc32(body)
  let out = ''
  for (let digit = 0; digit < CHECKSUM_LENGTH; digit += 1) {
    out = ALPHABET[rest % 62] + out
    rest = Math.floor(rest / 62)
  }
  return out
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ID_LENGTH = 10
const SECRET_LENGTH = 32
const CHECKSUM_LENGTH = 6
const SHAPE = /^(omk_([0-9A-Za-z]{10})_[0-9A-Za-z]{32})([0-9A-Za-z]{6})$/
