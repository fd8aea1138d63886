import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from '../benchmark.ts'
import { openClient } from './http.ts'
import { PROJECT } from './machine.ts'

/** `omnify` as users run it: a process of its own, here with a home and free ports of its own. */
export type OmnifyProcess = {
  readonly pid: number
  /** `performance.now()` at the moment of its start. */
  readonly started_ms: number
  /** Resolves at its end. @throws Error with its last lines on stderr when it failed */
  readonly done: Promise<{ readonly stdout: string }>
  kill(): Promise<void>
}

/** Starts `node NODE bin/omnify.js ARGS`, with environment and Node's flags as package.json has them. It dies with the benchmark, however that dies. */
export function startOmnify(
  bench: Bench,
  home: string,
  args: readonly string[],
  { env = {}, node = [] }: { readonly env?: Env; readonly node?: readonly string[] } = {},
): OmnifyProcess {
  const started_ms = performance.now()
  const words = wordsOfScript(args[0])
  const all = [...words.filter((word) => word.startsWith('--')), ...node, join(PROJECT, 'bin/omnify.js'), ...args]
  const child = spawn(join(PROJECT, 'node_modules/.bin/node'), all, {
    env: {
      ...bareEnvironment(),
      ...settingsIn(words),
      OMNIFY_HOME: home,
      OMNIFY_PORT: '0',
      OMNIFY_CLICKHOUSE_PORT: '0',
      ...env,
    },
    // The channel is what bin/follow-launcher.ts watches.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const done = endOf(child, args)
  // Whoever waits for it sees the failure; a benchmark that is stopped does not wait.
  done.catch(() => undefined)
  const kill = async () => {
    child.kill('SIGKILL')
    await done.catch(() => undefined)
  }
  bench.cleanup.defer(kill)
  return { pid: child.pid!, started_ms, done, kill }
}

/** The script of package.json that runs this command (`npm start`, `npm run import`), or any (`omnify`). */
function wordsOfScript(command: string | undefined): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as Package
  const own = Object.values(scripts).find((script) => script.endsWith(` bin/omnify.js ${command}`))
  return (own ?? scripts.omnify).split(' ')
}

/** What a script sets before the command: `NAME=value`. */
function settingsIn(words: readonly string[]): Env {
  return Object.fromEntries(words.slice(0, words.indexOf('node')).map((word) => word.split('=', 2)))
}

type Package = { readonly scripts: Readonly<Record<string, string>> & { readonly omnify: string } }
type Env = Readonly<Record<string, string>>

export type RunningEngine = OmnifyProcess & {
  readonly url: string
  /** The API key of tenant demo. */
  readonly key: string
  /** Orderly, as Ctrl-C does. */
  stop(): Promise<void>
}

/** Starts `omnify up` and waits until it is ready: its world's history, if it has one, is loaded then. */
export async function startEngine(bench: Bench, home: string, env: Env = {}): Promise<RunningEngine> {
  const running = startOmnify(bench, home, ['up'], { env: { OMNIFY_WORLD: 'off', ...env } })
  let ended = false
  const failure = running.done.then(
    () => (ended = true),
    () => (ended = true),
  )
  for (;;) {
    bench.signal.throwIfAborted()
    if (ended) await running.done.then(() => Promise.reject(new Error('omnify up ended by itself')))
    const place = await addressOf(home, running.pid)
    if (place !== undefined && (await isReady(place.url))) {
      return {
        ...running,
        ...place,
        async stop() {
          process.kill(running.pid, 'SIGTERM')
          await failure
          await running.done
        },
      }
    }
    await sleep(READY_POLL_MS)
  }
}

/** Seldom: each look is a request of 2 ms to what is measured, and 50 a second made a start of 17 s one of 20. */
const READY_POLL_MS = 100

/** The parent's settings must not leak into what is measured. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const isSetting = (name: string) =>
    name.startsWith('OMNIFY_') || name === 'KAFKA_BROKERS' || name === 'CLICKHOUSE_URL' || name === 'NODE_OPTIONS'
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetting(name)))
}

function endOf(child: ChildProcess, args: readonly string[]): Promise<{ stdout: string }> {
  let stdout = ''
  let stderr = ''
  child.stdout!.on('data', (chunk) => {
    stdout = `${stdout}${chunk}`.slice(-OUTPUT_MAX)
  })
  child.stderr!.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-OUTPUT_MAX)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve({ stdout })
      else
        reject(new Error(`omnify ${args.join(' ')} ended with ${signal ?? `code ${code}`}:\n${stderr.slice(-2_000)}`))
    })
  })
}

const OUTPUT_MAX = 100_000

async function addressOf(home: string, pid: number): Promise<{ url: string; key: string } | undefined> {
  try {
    const note = JSON.parse(await readFile(join(home, 'engine.json'), 'utf8')) as { pid: number; port: number }
    // An engine that ran here before may have been killed and left its note.
    if (note.pid !== pid) return undefined
    return { url: `http://127.0.0.1:${note.port}`, key: (await readFile(join(home, 'key'), 'utf8')).trim() }
  } catch (error) {
    // Not there yet, or half written.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

async function isReady(url: string): Promise<boolean> {
  const client = openClient(url, '')
  try {
    return (await client.get('/readyz')).status === 200
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return false
    throw error
  } finally {
    client.close()
  }
}
