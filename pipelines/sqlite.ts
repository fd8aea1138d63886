import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { steadyClock } from './clock.ts'

/**
 * Small state that several processes and threads of one machine share: keys and tenants.
 *
 * Why SQLite and not LMDB, which the log's meta store uses: `secure_delete` overwrites what is deleted. LMDB copies a
 * page before it changes it and leaves the old one in the file, so a destroyed key could be read from the disk for
 * as long as nobody happens to reuse that page. Small commits are also cheaper here (one write to the WAL, one fsync).
 *
 * @param format version of the tables, kept in the file (`user_version`)
 * @param schema SQL that makes the tables when the file is new
 * @param upgrades SQL that makes the next format out of each older one
 * @throws Error with code `format_too_new` when a newer version wrote the file
 */
export function openSqlite(
  path: string,
  format: number,
  schema: string,
  upgrades: Readonly<Record<number, string>> = {},
): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
  try {
    keepWal(db)
    db.exec('PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
    // Keys are random, so a transaction of thousands touches most pages: with SQLite's 4 MB each would be followed by a
    // checkpoint, which writes all of them again and flushes once more.
    db.exec(`PRAGMA wal_autocheckpoint = ${WAL_PAGES}`)
    transaction(db, () => {
      const { user_version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
      if (user_version > format) throw new FormatTooNewError(path, user_version, format)
      if (user_version === 0) db.exec(schema)
      else for (let from = user_version; from < format; from += 1) db.exec(upgrades[from]!)
      if (user_version !== format) db.exec(`PRAGMA user_version = ${format}`)
    })
  } catch (error) {
    db.close()
    throw error
  }
  return db
}

/**
 * A file that is new becomes one with a write-ahead log. Of two that do this at once SQLite refuses one without a wait
 * (both read, and neither could write before the other has ended): that one has to come again.
 */
function keepWal(db: DatabaseSync): void {
  const until_ms = steadyClock() + BUSY_TIMEOUT_MS
  for (;;) {
    try {
      db.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY || steadyClock() > until_ms) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

/** Runs `work` as one write transaction: whoever comes second waits, and sees what the first has written. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}

/**
 * Empties the write-ahead log into the file, so that what was deleted is in neither. Another process that reads at this
 * very moment can hold it up; its statements take microseconds, so a few attempts are enough.
 *
 * @throws Error when the log could not be emptied
 */
export function emptyWal(db: DatabaseSync): void {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { busy } = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }
    if (busy === 0) return
  }
  throw new Error('the write-ahead log is in use by another process and could not be emptied; run the command again')
}

export class FormatTooNewError extends Error {
  readonly code = 'format_too_new'
  constructor(path: string, found: number, known: number) {
    super(`${path} has format ${found}, this program knows up to ${known}: a newer Omnify wrote it`)
    this.name = 'FormatTooNewError'
  }
}

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5
/** Longer than a disk needs for the flush of another's transaction while others flush: who gives up ends the engine. */
const BUSY_TIMEOUT_MS = 20_000
/** Of 4 KiB. A start after a kill reads as many again. */
const WAL_PAGES = 8_000
