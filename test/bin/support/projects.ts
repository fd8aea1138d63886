import { type ChildProcess, spawn } from 'node:child_process'
import {
  accessSync,
  constants,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

export const PROJECT = dirname(dirname(dirname(import.meta.dirname)))

/** The tests may run on any Node; what set-up starts runs on this one. */
export const PINNED_NODE = realpathSync(join(PROJECT, 'node_modules/node/bin/node'))

export type Ended = { code: number | null; signal: NodeJS.Signals | null; out: string; err: string }
export type Running = { process: ChildProcess; out: () => string; err: () => string; ended: Promise<Ended> }

/**
 * A Node that is not the pinned one, as a stranger's machine has it: the first on the PATH outside of node_modules,
 * or a copy of the pinned one where there is no other.
 */
export function strangersNode(scratch: string): string {
  for (const folder of strangersEnv().PATH!.split(delimiter)) {
    const node = join(folder, 'node')
    if (isExecutable(node)) return realpathSync(node)
  }
  const copy = join(scratch, 'strangers-node')
  copyFileSync(PINNED_NODE, copy)
  return copy
}

/**
 * The environment of a stranger's shell: nothing of the npm and vitest that run this test. Above all not
 * `npm_config_local_prefix`, with which an inner npm might take this very project for its own.
 */
export function strangersEnv(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const ours = /^(npm_|NODE_|VITE|TINYPOOL|OMNIFY_|INIT_CWD$|TEST$|PROD$|DEV$|MODE$|BASE_URL$|SSR$)/
  const keep = /^(npm_config_(cache|registry)|NODE_EXTRA_CA_CERTS)$/
  const env: Record<string, string> = {}
  for (const [key, value] of Object.entries(process.env)) {
    if (value !== undefined && (keep.test(key) || !ours.test(key))) env[key] = value
  }
  env.PATH = (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && !folder.includes('node_modules'))
    .join(delimiter)
  return { ...env, ...more }
}

/**
 * A project as small as set-up allows: its one dependency is `node`, a folder beside it that links to the
 * pinned one, so that the real npm installs it in a second and without a network. `bin/main.ts` is the given script.
 */
export function smallProject(script: string): string {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'omnify-setup-')))
  mkdirSync(join(project, 'pinned/bin'), { recursive: true })
  symlinkSync(PINNED_NODE, join(project, 'pinned/bin/node'))
  const pinned = { name: 'node', version: '1.0.0', bin: { node: 'bin/node' } }
  const root = { name: 'small', version: '1.0.0', dependencies: { node: 'file:pinned' } }
  writeJson(join(project, 'pinned/package.json'), pinned)
  writeJson(join(project, 'package.json'), { ...root, type: 'module' })
  writeJson(join(project, 'package-lock.json'), {
    ...root,
    lockfileVersion: 3,
    packages: { '': root, 'node_modules/node': { resolved: 'pinned', link: true }, pinned },
  })
  for (const file of ['omnify.js', 'setup.js', 'setup', 'follow-launcher.ts']) {
    cpSync(join(PROJECT, 'bin', file), join(project, 'bin', file), { recursive: true })
  }
  writeFileSync(join(project, 'bin/main.ts'), script)
  return project
}

/** Starts a command; stdin is empty unless text is given. */
export function start(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string>; stdin?: string },
): Running {
  const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? strangersEnv() })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  child.stdin.end(options.stdin ?? '')
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, out, err }))
  })
  return { process: child, out: () => out, err: () => err, ended }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
}
