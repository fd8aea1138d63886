import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { holdInstallLock } from './install-lock.js'
import { PINNED_NODE, whyNotReady, writeStamp } from './ready.js'
import { SetupError, say } from './say.js'

const PROGRESS_EVERY_MS = 2_000

/**
 * Runs `npm ci`, one process of this project at a time.
 *
 * @returns {Promise<boolean>} false when another process had installed meanwhile
 * @throws SetupError when npm is missing, fails, or leaves the pinned Node out
 */
export async function install(project, dev) {
  const lock = await holdInstallLock(join(project, '.cache/install.lock'))
  try {
    const reason = whyNotReady(project, dev)
    if (reason === null) return false
    say(`${reason}: running npm ci, once (about 1 GB on disk)`)
    const started_ms = performance.now()
    rmSync(join(project, 'node_modules/.omnify-lock'), { force: true })
    await npmCi(project, dev, lock)
    if (!existsSync(join(project, PINNED_NODE))) {
      throw new SetupError(
        `npm ran, but ${PINNED_NODE} is missing: npm is set to leave install scripts out (ignore-scripts). ` +
          `Allow it once with "npm rebuild node --ignore-scripts=false"`,
      )
    }
    writeStamp(project)
    say(`installed in ${seconds(performance.now() - started_ms)}`)
    return true
  } finally {
    lock.release()
  }
}

async function npmCi(project, dev, lock) {
  const flags = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error', ...(dev ? ['--include=dev'] : [])]
  let interrupted = null
  const interrupt = (signal) => {
    interrupted = signal
    npm.kill(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  // Before npm runs: a signal that nobody hears would end this process only, and leave npm and the lock behind.
  for (const signal of signals) process.on(signal, interrupt)
  const started_ms = performance.now()
  const npm = spawn('npm', ['ci', ...flags], { cwd: project, env: npmEnv(project), stdio: ['ignore', 2, 2] })
  if (npm.pid !== undefined) lock.alsoFor(npm.pid)
  const progress = setInterval(() => {
    lock.touch()
    sayProgress(project, started_ms)
  }, PROGRESS_EVERY_MS)
  try {
    const [code, signal] = await new Promise((resolve, reject) => {
      npm.once('error', reject)
      npm.once('close', (...end) => resolve(end))
    })
    if (interrupted !== null) {
      const error = new SetupError(`interrupted by ${interrupted}; the next start begins the install anew`)
      error.exitCode = 128 + constants.signals[interrupted]
      throw error
    }
    if (code !== 0) {
      throw new SetupError(`npm ci failed (${signal ?? `exit code ${code}`}); what npm says about it stands above`)
    }
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    throw new SetupError('npm was not found; install npm 10 or newer, or put it on the PATH', { cause: error })
  } finally {
    clearInterval(progress)
    for (const signal of signals) process.off(signal, interrupt)
  }
}

/**
 * npm without this project's own `.bin` on the PATH: under `npm run` the pinned Node comes first there, and npm would
 * delete the very Node that it runs on. `npm_config_local_prefix` would send it to the project of an outer npm.
 */
function npmEnv(project) {
  const { npm_config_local_prefix: _, ...env } = process.env
  const own = join(project, 'node_modules/.bin')
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== own)
  return { ...env, PATH: path.join(delimiter) }
}

function sayProgress(project, started_ms) {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'))
  const paths = Object.keys(packages).filter((path) => path !== '' && !packages[path].optional)
  const there = paths.filter((path) => existsSync(join(project, path, 'package.json')))
  const after = `after ${seconds(performance.now() - started_ms)}`
  if (there.length < paths.length) say(`${there.length} of ${paths.length} packages ${after}`)
  else say(`all ${paths.length} packages ${after}; builds for this platform, the largest part, still come`)
}

function seconds(ms) {
  return `${Math.round(ms / 1000)} s`
}
