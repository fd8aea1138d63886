// Set-up for whoever has only Node and npm. Plain JavaScript and node builtins only: it runs before anything is
// installed, on whatever Node is there.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from './setup/install.js'
import { launch } from './setup/launch.js'
import { whyNotReady } from './setup/ready.js'
import { say } from './setup/say.js'

const NODE_MIN = [20, 19]

/**
 * Brings `node_modules` in line with the lock file, then runs a script of this project on the pinned Node, with the
 * standard streams, the signals and the exit code of the process that called. Everything set-up has to say goes to
 * stderr.
 *
 * @param {object} options
 * @param {string} options.script path inside the project
 * @param {string[]} options.args what the script sees behind its name
 * @param {boolean} options.dev whether the development dependencies are needed too
 */
export async function runOnPinnedNode({ script, args, dev }) {
  if (!isNodeRecentEnough(process.versions.node)) {
    say(`needs Node ${NODE_MIN.join('.')} or newer to start; this is ${process.versions.node} (${process.execPath})`)
    process.exit(1)
  }
  const project = dirname(dirname(fileURLToPath(import.meta.url)))
  try {
    const installed = whyNotReady(project, dev) !== null && (await install(project, dev))
    await launch({ project, script, args, installed })
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'SetupError') throw error
    say(error.message)
    process.exit(error.exitCode)
  }
}

/** @param {string} version as in process.versions.node */
export function isNodeRecentEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])
}
