import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import type { Clock, RandomBytes } from '../../pipelines/clock.ts'

/**
 * Tickets for browsers, whose `EventSource` can send no header: one opens one stream, once, within half a minute, so that
 * what ends up in a history or an access log opens nothing. A ticket is what the header would have said, sealed: any
 * process that has the same key understands it, and asks again and again whether who it names may still listen.
 */
export type Tickets = {
  issue(authorization: string): { readonly ticket: string; readonly expires_ms: number }
  /** The header; undefined for what is no ticket of ours, is over, or was used in this process. */
  redeem(ticket: string): string | undefined
}

/** @param key  the same in every process that answers; 32 bytes */
export function makeTickets(clock: Clock, randomBytes: RandomBytes, key: Uint8Array): Tickets {
  // A key is for one purpose: this one is also asked to sign cursors.
  const own = createHmac('sha256', key).update('omnify stream tickets').digest()
  /** Ends of those that were used, in the order of their use. */
  const used = new Map<string, number>()

  function open(ticket: string): readonly [expires_ms: number, authorization: string] | undefined {
    const bytes = Buffer.from(ticket.slice(PREFIX.length), 'base64url')
    if (!ticket.startsWith(PREFIX) || bytes.length < IV_BYTES + TAG_BYTES) return undefined
    const decipher = createDecipheriv('aes-256-gcm', own, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
    const text = decipher.update(bytes.subarray(IV_BYTES, bytes.length - TAG_BYTES))
    try {
      return JSON.parse(Buffer.concat([text, decipher.final()]).toString()) as [number, string]
    } catch {
      // Made up, or sealed under another key: what it would say is nobody's word.
      return undefined
    }
  }

  return {
    issue(authorization) {
      const expires_ms = clock() + TICKET_MS
      const iv = Buffer.from(randomBytes(IV_BYTES))
      const cipher = createCipheriv('aes-256-gcm', own, iv, { authTagLength: TAG_BYTES })
      const sealed = [iv, cipher.update(JSON.stringify([expires_ms, authorization])), cipher.final()]
      const ticket = PREFIX + Buffer.concat([...sealed, cipher.getAuthTag()]).toString('base64url')
      return { ticket, expires_ms }
    },
    redeem(ticket) {
      for (const [old, expires_ms] of used) if (expires_ms <= clock()) used.delete(old)
      const opened = open(ticket)
      if (opened === undefined) return undefined
      const [expires_ms, authorization] = opened
      // Several spellings of base64 may have the same bytes: what was sealed is what was used.
      const name = Buffer.from(ticket.slice(PREFIX.length), 'base64url').toString('base64url')
      if (expires_ms <= clock() || used.has(name)) return undefined
      used.set(name, expires_ms)
      return authorization
    },
  }
}

const PREFIX = 'omt_'
const TICKET_MS = 30_000
const IV_BYTES = 12
const TAG_BYTES = 16
