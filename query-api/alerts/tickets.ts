import type { Clock, RandomBytes } from '../../pipelines/clock.ts'

/**
 * Tickets for browsers, whose `EventSource` can send no header: one opens one stream, once, within half a minute, so that
 * what ends up in a history or an access log opens nothing. They are kept in this process only: where several answer, a
 * browser's two requests must reach the same one.
 */
export type Tickets<T> = {
  /** @returns undefined when there are too many already */
  issue(bearer: T): { readonly ticket: string; readonly expires_ms: number } | undefined
  /** Who asked for it; undefined for one that is unknown, used or over. */
  redeem(ticket: string): T | undefined
}

export function makeTickets<T>(clock: Clock, randomBytes: RandomBytes): Tickets<T> {
  const open = new Map<string, { readonly bearer: T; readonly expires_ms: number }>()
  return {
    issue(bearer) {
      // In the order of their ends: the first that lasts is the end of those that do not.
      for (const [old, { expires_ms }] of open) {
        if (expires_ms > clock()) break
        open.delete(old)
      }
      if (open.size >= TICKETS_MAX) return undefined
      const ticket = `omt_${randomBytes(24).toString('base64url')}`
      const expires_ms = clock() + TICKET_MS
      open.set(ticket, { bearer, expires_ms })
      return { ticket, expires_ms }
    },
    redeem(ticket) {
      const found = open.get(ticket)
      open.delete(ticket)
      return found === undefined || found.expires_ms <= clock() ? undefined : found.bearer
    },
  }
}

const TICKET_MS = 30_000
const TICKETS_MAX = 10_000
