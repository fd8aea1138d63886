import type { Connection, Engine } from './engine.ts'
import type { Assignments } from './prepare.ts'

/**
 * Connections that are used again. Opening one costs 1 ms of processor time, most of it on the event loop, which is
 * more than a small statement needs.
 *
 * What a connection keeps from one statement to the next is its database and every setting and parameter that was ever
 * set on it. The key names all of them, and who takes a connection sets all whose values differ, so nothing of another
 * request can be seen. A connection on which a statement failed, or on which anything else was set, is not given back.
 *
 * @param idle_max  connections that wait for their next statement; the one unused for longest is closed beyond it
 */
export function createConnections(engine: Engine, idle_max: number): Connections {
  // In the order in which they were given back.
  const idle: Lease[] = []
  return {
    take(key) {
      const at = key === null ? -1 : idle.findLastIndex((lease) => lease.key === key)
      if (at < 0) return { key, connection: engine.connect(), values: null }
      return idle.splice(at, 1)[0]!
    },
    giveBack({ connection, key }, values) {
      if (key === null) return connection.close()
      idle.push({ connection, key, values })
      if (idle.length > idle_max) idle.shift()!.connection.close()
    },
    close() {
      for (const lease of idle.splice(0)) lease.connection.close()
    },
  }
}

export type Connections = {
  /** @param key  what stays set on the connection (see `prepare.ts`); null for a connection that nobody shares */
  take(key: string | null): Lease
  /**
   * Only after a statement that ended well; otherwise close the connection.
   *
   * @param values  all that is set on it now
   */
  giveBack(lease: Lease, values: Assignments): void
  /** Closes what is idle. */
  close(): void
}

export type Lease = {
  readonly key: string | null
  readonly connection: Connection
  /** What is set on it; null when it is fresh. */
  readonly values: Assignments | null
}
