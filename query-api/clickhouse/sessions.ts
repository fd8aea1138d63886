import type { Clock } from '../../pipelines/clock.ts'
import { BiError, CODES } from './errors.ts'

/**
 * What clients have set in their sessions (`session_id`), per tenant. A session that nobody uses ends after the time that
 * its last request stated; one tenant has at most `SESSIONS_MAX`, and the one that was used least recently makes room.
 */
export function makeSessions(clock: Clock): Sessions {
  const tenants = new Map<string, Map<string, Open>>()
  return {
    of(tenant, id, timeout_s, must_exist) {
      const own = tenants.get(tenant) ?? new Map<string, Open>()
      tenants.set(tenant, own)
      for (const [other, open] of own) if (open.ends_ms <= clock()) own.delete(other)
      const open = own.get(id)
      if (open === undefined && must_exist) throw new BiError(CODES.SESSION_NOT_FOUND, `Session ${id} not found`)
      const settings = open?.settings ?? new Map<string, string>()
      own.delete(id)
      own.set(id, { settings, ends_ms: clock() + Math.min(timeout_s ?? TIMEOUT_S, TIMEOUT_S_MAX) * 1_000 })
      const oldest = own.size > SESSIONS_MAX ? own.keys().next().value : undefined
      if (oldest !== undefined) own.delete(oldest)
      return settings
    },
  }
}

export type Sessions = {
  /**
   * The settings of a session, to read and to change.
   *
   * @throws BiError 372 when it must exist and does not
   */
  of(tenant: string, id: string, timeout_s: number | null, must_exist: boolean): Map<string, string>
}

type Open = { readonly settings: Map<string, string>; readonly ends_ms: number }

/** ClickHouse's `default_session_timeout` and `max_session_timeout`. */
const TIMEOUT_S = 60
const TIMEOUT_S_MAX = 3_600
const SESSIONS_MAX = 200
