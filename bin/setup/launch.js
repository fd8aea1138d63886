import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import module from 'node:module'
import { constants } from 'node:os'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import { pathToFileURL } from 'node:url'
import { PINNED_NODE } from './ready.js'

const COMPILED = 'node_modules/.cache/compiled'
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs the script on the pinned Node: in this process when it is that Node already (as under npm, whose PATH has it
 * first), else in a child whose streams, signals and end are this process's own.
 *
 * @param {object} options
 * @param {boolean} options.installed whether Node itself was replaced a moment ago, so that this process is not it
 */
export async function launch({ project, script, args, installed }) {
  const node = join(project, PINNED_NODE)
  const target = join(project, script)
  // Stripping types and compiling is half of what a start costs; threads and the child below find the cache by this.
  process.env.NODE_COMPILE_CACHE ??= join(project, COMPILED)
  if (!installed && realpathSync(process.execPath) === realpathSync(node)) {
    module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
    process.argv = [process.execPath, target, ...args]
    await import(pathToFileURL(target).href)
    return
  }
  const forward = (signal) => {
    // Ctrl-C in a terminal goes to the whole foreground group: the child has it already.
    if (signal === 'SIGINT' && isatty(0)) return
    child.kill(signal)
  }
  // Before the child runs: what comes in its first moment is for it.
  for (const signal of FORWARDED) process.on(signal, forward)
  // The fourth stream is a channel that breaks when this process is killed: `bin/follow-launcher.ts` watches it.
  const child = spawn(node, [target, ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (...end) => resolve(end))
  })
  if (signal === null) process.exit(code)
  // Dying by the same signal tells the caller the truth; the handlers above would swallow it.
  for (const forwarded of FORWARDED) process.off(forwarded, forward)
  process.exitCode = 128 + constants.signals[signal]
  process.kill(process.pid, signal)
}
