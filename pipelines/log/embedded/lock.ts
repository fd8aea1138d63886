import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { LogError } from '../port.ts'

const SQLITE_BUSY = 5

/**
 * Makes this process the only one that has the log open. The lock is the kernel's (SQLite holds a file lock as long as
 * its exclusive transaction is open): it is gone the moment its process is, however that ended, and no stale file has
 * to be judged by a process id that may be somebody else's by now. Node itself offers no file locks. Nothing else in
 * the process may open `lock.sqlite`: closing it would give up the kernel's lock.
 *
 * @throws LogError log_locked, naming the process that has it
 */
export function lockDirectory(dir: string): { release(): void } {
  const owner = join(dir, 'lock.pid')
  const db = new DatabaseSync(join(dir, 'lock.sqlite'), { timeout: 0 })
  try {
    // Nothing is ever written to it; without a journal a kill leaves no file behind.
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    writeFileSync(owner, `${process.pid}\n`, { mode: 0o600 })
  } catch (error) {
    db.close()
    if (!isBusy(error)) throw error
    throw new LogError('log_locked', `the log in ${dir} is in use by ${holder(owner)}; stop that engine first`, {
      cause: error,
    })
  }
  return { release: () => db.close() }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

/** For the message only. The file may be a moment older than the lock. */
function holder(path: string): string {
  try {
    return `process ${readFileSync(path, 'utf8').trim()}`
  } catch {
    return 'another process'
  }
}
