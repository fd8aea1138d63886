import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where npm puts the pinned Node, inside the project. */
export const PINNED_NODE = 'node_modules/node/bin/node'

const STAMP = 'node_modules/.omnify-lock'

/**
 * Why `node_modules` cannot be used as it is, or null when it can. The fast path compares one hash; without a stamp
 * (somebody ran npm by hand) npm's own record of what it installed decides, and the stamp is written.
 *
 * @param {string} project folder of package.json
 * @param {boolean} dev whether the development dependencies must be there
 * @returns {string | null}
 */
export function whyNotReady(project, dev) {
  const lock = readFileSync(join(project, 'package-lock.json'), 'utf8')
  if (!existsSync(join(project, 'node_modules'))) return 'nothing is installed yet'
  if (!existsSync(join(project, PINNED_NODE))) return 'the pinned Node is missing'
  if (readOrNull(join(project, STAMP)) === hashOf(lock)) return null

  const record = readOrNull(join(project, 'node_modules/.package-lock.json'))
  if (record === null) return 'an install was not finished'
  const difference = firstDifference(JSON.parse(lock).packages, JSON.parse(record).packages, dev)
  if (difference !== null) return difference
  // The stamp vouches for the development dependencies as well, so a production install gets none.
  if (dev || firstDifference(JSON.parse(lock).packages, JSON.parse(record).packages, true) === null) writeStamp(project)
  return null
}

/** Records that `node_modules` is what the lock file says. */
export function writeStamp(project) {
  try {
    writeFileSync(join(project, STAMP), hashOf(readFileSync(join(project, 'package-lock.json'), 'utf8')))
  } catch (error) {
    // Dependencies that another user installed, or an image mounted read-only: the slow comparison still serves.
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error
  }
}

/** Compares the lock file with npm's record of what it installed. Optional packages may be missing: other platforms. */
function firstDifference(wanted, installed, dev) {
  for (const [path, want] of Object.entries(wanted)) {
    if (path === '' || (want.dev && !dev)) continue
    const have = installed[path]
    const name = path.replace(/^node_modules\//, '')
    if (have === undefined) {
      if (want.optional || want.devOptional || want.peer) continue
      return `${name} is missing`
    }
    if (have.version !== want.version || have.integrity !== want.integrity || have.resolved !== want.resolved) {
      return `${name} is ${have.version}, the lock file says ${want.version}`
    }
  }
  return null
}

function hashOf(text) {
  return createHash('sha256').update(text).digest('hex')
}

function readOrNull(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}
