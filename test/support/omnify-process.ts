/** Omnify as its users have it: a real process, in a home of its own, spoken to over HTTP. Knows no test runner. */

import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PINNED_NODE, PROJECT, strangersEnv } from '../bin/support/projects.ts'

export type Env = Readonly<Record<string, string>>
export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** A started command. */
export type Command = {
  readonly pid: number
  out(): string
  err(): string
  /** Resolves when the process has ended and all it wrote has been read. */
  readonly ended: Promise<Ended>
  kill(signal: NodeJS.Signals): void
}

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: string; json(): Json }
// biome-ignore lint/suspicious/noExplicitAny: answers of the API are read by tests that know their shape
export type Json = any

export type RunningEngine = Command & {
  readonly home: string
  readonly url: string
  /** Of tenant demo. */
  readonly key: string
  fetch(path: string, init?: RequestInit): Promise<Answer>
  /** `POST /v1/events` as tenant demo, or with another key. */
  post(events: unknown, key?: string): Promise<Answer>
  /** Rows of `POST /v1/metrics`. */
  metrics(body: object, key?: string): Promise<Json[]>
  status(key?: string): Promise<Json>
  /** Waits until the pipelines have nothing left to do, at most so long. */
  caughtUp(timeout_ms?: number): Promise<void>
  /** The process that holds the embedded store. */
  storePid(): Promise<number>
  /** As suddenly as a power cut; waits until the process is gone. */
  kill9(): Promise<void>
  /** SIGTERM. @returns how it ended, and after how long */
  stop(): Promise<Ended & { readonly took_ms: number }>
}
/**
 * Starts `omnify ARGS`; with no world, and free ports.
 *
 * @param node  flags of Node itself
 */
export function startCommand(args: readonly string[], env: Env, node: readonly string[] = []): Command {
  const child: ChildProcess = spawn(PINNED_NODE, [...node, join(PROJECT, 'bin/main.ts'), ...args], {
    cwd: tmpdir(),
    env: { ...ownEnv(), ...env },
    // The channel breaks when this process dies, by whatever means; the engine then ends too: see bin/follow-launcher.ts.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own, so that a test can signal it as a terminal would.
    detached: true,
  })
  let [out, err] = ['', '']
  child.stdout!.on('data', (chunk) => {
    out += chunk
  })
  child.stderr!.on('data', (chunk) => {
    err += chunk
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  return { pid: child.pid!, out: () => out, err: () => err, ended, kill: (signal) => void child.kill(signal) }
}

function ownEnv(): Record<string, string> {
  const { KAFKA_BROKERS: _, CLICKHOUSE_URL: __, ...env } = strangersEnv()
  // As `bin/setup/launch.js`, which is left out here, hands it on: half of what a start costs.
  const { NODE_COMPILE_CACHE = join(PROJECT, 'node_modules/.cache/compiled') } = process.env
  return { ...env, NODE_COMPILE_CACHE, OMNIFY_WORLD: 'off', OMNIFY_PORT: '0', OMNIFY_CLICKHOUSE_PORT: '0' }
}

/** @param onStore  told of each process below the engine: its store, which is to be gone when the engine is */
export async function untilReady(
  command: Command,
  home: string,
  onStore: (pid: number) => void = () => undefined,
): Promise<RunningEngine> {
  const state = { ended: false }
  void command.ended.then(() => {
    state.ended = true
  })
  const url = await untilUrl(command, home, state)
  const keyFile = await readFile(join(home, 'key'), 'utf8')
  const engine = engineAt(command, home, url, keyFile.trim())
  for (const pid of await childrenOf(command.pid)) onStore(pid)
  return engine
}

async function untilUrl(command: Command, home: string, state: { readonly ended: boolean }): Promise<string> {
  const deadline = performance.now() + START_TIMEOUT_MS
  while (performance.now() < deadline && !state.ended) {
    // Each role leaves a note of its own. One of an engine that was killed may still lie there, and a new one may be
    // half written.
    const names = (await readdir(home).catch(() => [])).filter((name) => /^engine.*\.json$/.test(name))
    const notes = await Promise.all(names.map((name) => readFile(join(home, name), 'utf8').catch(() => '')))
    const { host, port } = notes.map(parsed).find((note) => note?.pid === command.pid) ?? {}
    if (port !== undefined) {
      const url = `http://${host}:${port}`
      const answer = await fetch(`${url}/readyz`).catch(() => undefined)
      if (answer?.ok) return url
    }
    await sleep(50)
  }
  throw new Error(`the engine did not start:\n${command.out()}\n${command.err()}`)
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function engineAt(command: Command, home: string, url: string, key: string): RunningEngine {
  const ask = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(url + path, init)
    const body = await response.text()
    return { status: response.status, headers: response.headers, body, json: () => JSON.parse(body) }
  }
  const headers = (given = key) => ({ authorization: `Bearer ${given}`, 'content-type': 'application/json' })
  const good = (answer: Answer): Json => {
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}\n${command.err()}`)
    return answer.json()
  }
  /** An engine that is late with its work says so and wants to be asked again; on a busy machine each is, now and then. */
  const askPatiently = async (path: string, init: RequestInit): Promise<Answer> => {
    for (const deadline = performance.now() + LATE_MAX_MS; ; await sleep(200)) {
      const answer = await ask(path, init)
      if (answer.status !== 503 || answer.json().code !== 'overloaded' || performance.now() > deadline) return answer
    }
  }
  const status = async (given?: string) => good(await askPatiently('/v1/status', { headers: headers(given) }))
  return {
    ...command,
    home,
    url,
    key,
    fetch: ask,
    post: (events, given) =>
      ask('/v1/events', {
        method: 'POST',
        headers: headers(given),
        body: typeof events === 'string' ? events : JSON.stringify(events),
      }),
    async metrics(body, given) {
      const init = { method: 'POST', headers: headers(given), body: JSON.stringify(body) }
      return good(await askPatiently('/v1/metrics', init)).rows
    },
    status,
    async caughtUp(timeout_ms = 120_000) {
      const deadline = performance.now() + timeout_ms
      for (;;) {
        const now = await status()
        if (now.pipelines.every((p: Json) => p.lag_events === 0)) return
        if (performance.now() > deadline) throw new Error(`behind: ${JSON.stringify(now)}\n${command.err()}`)
        await sleep(100)
      }
    },
    async storePid() {
      const [pid] = await childrenOf(command.pid)
      if (pid === undefined) throw new Error(`no store runs below ${command.pid}`)
      return pid
    },
    async kill9() {
      const children = await childrenOf(command.pid)
      command.kill('SIGKILL')
      await command.ended
      for (const pid of children) {
        if (!(await isGone(pid, 60_000))) throw new Error(`the store ${pid} outlived its engine`)
      }
    },
    async stop() {
      const began = performance.now()
      command.kill('SIGTERM')
      const ended = await command.ended
      return { ...ended, took_ms: performance.now() - began }
    },
  }
}

/** Processes whose parent is this one: Linux tells in /proc. */
export async function childrenOf(pid: number): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    // The second field is the command in parentheses, which may hold anything.
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
    if (Number(parent) === pid) found.push(Number(name))
  }
  return found
}

export async function isGone(pid: number, timeout_ms: number): Promise<boolean> {
  for (const deadline = performance.now() + timeout_ms; performance.now() < deadline; await sleep(50)) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
  }
  return false
}

const START_TIMEOUT_MS = 150_000
const LATE_MAX_MS = 60_000
