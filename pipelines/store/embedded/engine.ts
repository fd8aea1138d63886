import { createRequire } from 'node:module'
import { EngineError, engineErrorOf } from './errors.ts'

/**
 * chDB's native binding, as far as the child needs it. The public `Session` class is not used: it hides the number of
 * written rows and puts off closing a session until every query of every other session has ended.
 *
 * A connection runs one statement at a time; statements run on libuv's threads. Closing a connection while a statement
 * runs on it aborts the engine, so `Connection.close` may only be called when its last promise has settled.
 *
 * @param path  the engine's data directory; the engine holds a lock on it for the life of the process
 * @param args  settings and server configuration, in `clickhouse local` command-line form
 * @throws EngineError code 76 when another process holds the directory
 */
export function openEngine(path: string, args: readonly string[]): Engine {
  const addon = loadAddon()
  const root = connectTo(addon, path, args)
  return {
    connect: () => connectionOn(addon, connectTo(addon, path, args)),
    close: () => addon.CloseConnection(root),
  }
}

export type Engine = {
  /** A connection of its own: settings and parameters set on it are seen by no other. */
  connect(): Connection
  close(): void
}

export type Connection = {
  /** Runs a statement that may have a result. */
  query(sql: string, format: string): Promise<QueryResult>
  /** Runs an INSERT and counts what it wrote. */
  insert(sql: string): Promise<InsertResult>
  close(): void
}

export type QueryResult = { readonly bytes: Buffer; readonly rows_read: number; readonly bytes_read: number }
export type InsertResult = { readonly rows_written: number; readonly bytes_written: number }

type Handle = { readonly handle: unique symbol }

type Addon = {
  CreateConnection(path: string, args: readonly string[]): Handle
  CloseConnection(handle: Handle): void
  QueryAsyncConnection(
    handle: Handle,
    sql: string,
    format: string,
  ): Promise<{ bytes?: Uint8Array; rowsRead: number; bytesRead: number }>
  InsertRawAsyncConnection(
    handle: Handle,
    sql: string,
    data: Buffer,
    count_lines: boolean,
  ): Promise<{ rowsWritten: number; bytesWritten: number }>
}

const NOTHING = Buffer.alloc(0)

/** Only these four platforms have a prebuilt engine; musl and Windows have none. */
function loadAddon(): Addon {
  const libc = process.platform === 'linux' ? '-gnu' : ''
  const name = `@chdb/lib-${process.platform}-${process.arch}${libc}`
  try {
    return createRequire(import.meta.url)(name) as Addon
  } catch (cause) {
    throw new EngineError(0, `the embedded store has no engine for this platform (${name}): set CLICKHOUSE_URL`, {
      cause,
    })
  }
}

function connectTo(addon: Addon, path: string, args: readonly string[]): Handle {
  try {
    return addon.CreateConnection(path, args)
  } catch (cause) {
    throw new EngineError(76, `cannot open the store's directory ${path}`, { cause })
  }
}

function connectionOn(addon: Addon, handle: Handle): Connection {
  return {
    async query(sql, format) {
      try {
        const raw = await addon.QueryAsyncConnection(handle, sql, format)
        const bytes =
          raw.bytes === undefined ? NOTHING : Buffer.from(raw.bytes.buffer, raw.bytes.byteOffset, raw.bytes.length)
        return { bytes, rows_read: raw.rowsRead, bytes_read: raw.bytesRead }
      } catch (cause) {
        throw engineErrorOf(cause)
      }
    },
    async insert(sql) {
      try {
        // The data is in a file or in the statement, never in this buffer; the call is used because it counts rows.
        const raw = await addon.InsertRawAsyncConnection(handle, sql, NOTHING, false)
        return { rows_written: raw.rowsWritten, bytes_written: raw.bytesWritten }
      } catch (cause) {
        throw engineErrorOf(cause)
      }
    },
    close: () => addon.CloseConnection(handle),
  }
}
