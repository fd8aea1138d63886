import { createHmac } from 'node:crypto'
import type { RandomBytes } from '../clock.ts'

/**
 * Headers that let a receiver verify a message, by the Standard Webhooks specification 1.0
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md): an HMAC-SHA256 over
 * `id.timestamp.body` for each secret, so that a receiver which knows the old or the new one is content.
 *
 * @param secrets  `whsec_` and base64, one or, while a rotation lasts, several
 * @param id       of the message; the same for each attempt, so that a receiver can tell a repetition. Has no dot.
 * @param now_ms   time of this attempt: a receiver refuses what is old, so that nobody can send it again
 */
export function signedHeaders(
  secrets: readonly string[],
  id: string,
  now_ms: number,
  body: string,
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const timestamp = String(Math.floor(now_ms / 1000))
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

/** The specification asks for 24 to 64 bytes. */
export function newSecret(randomBytes: RandomBytes): string {
  return `${PREFIX}${randomBytes(32).toString('base64')}`
}

const PREFIX = 'whsec_'
