import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from './say.js'

const POLL_MS = 200
const UNTOUCHED_MS_MAX = 10 * 60_000

/**
 * Waits until no other process installs into this project, then holds the lock. A lock is left over, and taken over,
 * when the processes it names are gone (the starter and its npm, which outlives a `kill -9` of the starter), or when
 * nobody touched it for ten minutes (its process ids may mean other processes by now).
 *
 * @param {string} path of the lock file; outside node_modules, which npm ci deletes
 * @returns {Promise<{ alsoFor(pid: number): void, touch(): void, release(): void }>}
 */
export async function holdInstallLock(path) {
  mkdirSync(dirname(path), { recursive: true })
  const mine = { token: randomUUID(), host: hostname(), pids: [process.pid] }
  let waiting = false
  while (!create(path, mine)) {
    const theirs = read(path)
    if (theirs === null) continue
    if (isLeftOver(path, theirs)) {
      takeAway(path, theirs)
      continue
    }
    if (!waiting) say(`another start is installing (lock ${path}); waiting for it`)
    waiting = true
    await sleep(POLL_MS)
  }
  const remove = () => {
    if (read(path)?.token === mine.token) rmSync(path, { force: true })
  }
  process.once('exit', remove)
  return {
    alsoFor(pid) {
      mine.pids.push(pid)
      renameSync(writeAside(path, mine), path)
    },
    touch() {
      utimesSync(path, new Date(), new Date())
    },
    release() {
      process.off('exit', remove)
      remove()
    },
  }
}

/** A hard link appears at once and complete, or fails because the name is taken: no half-written lock to be read. */
function create(path, content) {
  const aside = writeAside(path, content)
  try {
    linkSync(aside, path)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(aside)
  }
}

function writeAside(path, content) {
  const aside = `${path}.${randomUUID()}`
  writeFileSync(aside, JSON.stringify(content))
  return aside
}

/** Null when the lock is gone. */
function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

function isLeftOver(path, { host, pids }) {
  if (host === hostname() && pids.every((pid) => !isAlive(pid))) return true
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat !== undefined && Date.now() - stat.mtimeMs > UNTOUCHED_MS_MAX
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/**
 * Removes a left-over lock. Renaming first shows what was really removed: when two starts find the same left-over,
 * the slower one may catch the lock that the faster one has just made, and puts it back.
 */
function takeAway(path, expected) {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  if (read(aside)?.token === expected.token) rmSync(aside)
  else renameSync(aside, path)
}
