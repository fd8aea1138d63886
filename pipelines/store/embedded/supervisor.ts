import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Clock, RandomBytes } from '../../clock.ts'
import type { ChildAnswer, ChildConfig } from './child.ts'
import { HEALTH, type HealthOptions, watchHealth } from './health.ts'
import { LIMITS } from './limits.ts'

/**
 * Starts the process that holds the embedded engine and keeps one running: when it dies it is started again, with
 * back-off, on the same port and with the same secret, so a client made from `url` stays good.
 *
 * @param options.dir  the store's directory, made when missing; only one process may hold it
 * @returns when the engine answers
 * @throws EmbeddedStoreError `locked` (another process holds `dir`; it is named), `too_new`, `failed`
 */
export async function startEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { clock, logger } = options
  const secret = { user: 'omnify', password: options.randomBytes(24).toString('base64url') }
  const restart_listeners: (() => void)[] = []
  const overdue_ms = options.overdue_ms ?? LIMITS.overdue_ms
  let current = await startUnlocked({ dir: options.dir, port: options.port ?? 0, overdue_ms, ...secret }, options)
  const { port, version } = current
  let ready: Promise<void> = Promise.resolve()
  let stopping = false
  let restarts = 0
  let failures = 0
  let backed_off = new AbortController()

  function watch(child: RunningChild): void {
    const started_at = clock()
    void watchHealth(ping, child.exited, options.health ?? HEALTH, (cause) => {
      logger.warn(`embedded store: process ${child.pid} does not answer, killing it: ${cause}`)
      child.process.kill('SIGKILL')
    })
    void child.exited.then(({ code, signal }) => {
      if (stopping) return
      if (clock() - started_at >= STABLE_MS) failures = 0
      logger.warn(`embedded store: process ${child.pid} ended (${signal ?? `code ${code}`}), starting another`)
      ready = restart()
      // Waiters see the failure through ready(); nobody may be waiting.
      ready.catch(() => {})
    })
  }

  async function restart(): Promise<void> {
    for (;;) {
      await delay(backOff(failures), undefined, { signal: backed_off.signal })
      failures++
      try {
        current = await startChild({ dir: options.dir, port, overdue_ms, ...secret }, logger)
      } catch (cause) {
        if (cause instanceof EmbeddedStoreError && cause.reason === 'too_new') throw cause
        logger.warn(`embedded store: restart failed, trying again: ${String(cause)}`)
        continue
      }
      if (stopping) return
      restarts++
      watch(current)
      for (const listener of restart_listeners) listener()
      return
    }
  }

  async function ping(signal: AbortSignal): Promise<void> {
    const headers = { 'x-clickhouse-user': secret.user, 'x-clickhouse-key': secret.password }
    const response = await fetch(`http://127.0.0.1:${port}/ping`, { headers, signal })
    if (!response.ok) throw new Error(`/ping answered ${response.status}`)
    await response.arrayBuffer()
  }

  watch(current)
  return {
    url: `http://127.0.0.1:${port}`,
    ...secret,
    version,
    ready: () => ready,
    onRestart: (listener) => void restart_listeners.push(listener),
    restarts: () => restarts,
    pid: () => current.pid,
    async stop() {
      if (stopping) return
      stopping = true
      backed_off.abort()
      await ready.catch(() => {})
      backed_off = new AbortController()
      await stopChild(current, logger, options.stop_wait_ms ?? STOP_TIMEOUT_MS)
    },
  }
}

export type EmbeddedStoreOptions = {
  readonly dir: string
  /** 0 (the default) lets the system choose one. */
  readonly port?: number
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly logger: StoreLogger
  /** How long to wait for a directory that another process holds; 6 s when not given. */
  readonly lock_wait_ms?: number
  readonly health?: HealthOptions
  /** How long a statement may outlive its own limit before the process is ended for it; 15 s when not given. */
  readonly overdue_ms?: number
  /** How long an orderly stop may take before the process is ended; 4.5 s when not given. */
  readonly stop_wait_ms?: number
}

export type StoreLogger = { info(text: string): void; warn(text: string): void }

export type EmbeddedStore = {
  readonly url: string
  readonly user: string
  readonly password: string
  /** Version of the engine. */
  readonly version: string
  /** Resolves at once while the engine runs, else when it runs again. */
  ready(): Promise<void>
  onRestart(listener: () => void): void
  restarts(): number
  pid(): number
  /** Lets running statements end, at most 5 s in all. */
  stop(): Promise<void>
}

export class EmbeddedStoreError extends Error {
  readonly reason: 'locked' | 'too_new' | 'failed'
  constructor(reason: 'locked' | 'too_new' | 'failed', message: string) {
    super(message)
    this.name = 'EmbeddedStoreError'
    this.reason = reason
  }
}

type RunningChild = {
  readonly process: ChildProcess
  readonly pid: number
  readonly port: number
  readonly version: string
  readonly exited: Promise<{ code: number | null; signal: string | null }>
}

/** A child that ran this long counts as healthy: the next restart is quick again. */
const STABLE_MS = 30_000
const BACK_OFF_MS = [0, 100, 300, 1_000, 3_000, 10_000]
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = LIMITS.drain_ms + 1_500
/** After a crash of a whole engine its child may still hold the directory until it has noticed and ended. */
const LOCK_WAIT_MS = 6_000

/** Left to itself, V8 lets garbage of short life have 128 MB by and by: here it is a few requests' worth. */
const NODE_FLAGS = ['--no-warnings', '--max-semi-space-size=8']
/**
 * For glibc, whose malloc serves Node's buffers (the engine brings its own). By itself it makes an arena for each of the
 * threads and learns to keep what is freed in them, which is never all of a page: bodies of inserts of many megabytes
 * left a hundred behind. Other systems do not look at these.
 */
const MALLOC = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '262144', MALLOC_TRIM_THRESHOLD_: '4194304' }

function backOff(failures: number): number {
  return BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)]!
}

async function startUnlocked(config: ChildConfig, options: EmbeddedStoreOptions): Promise<RunningChild> {
  const until = options.clock() + (options.lock_wait_ms ?? LOCK_WAIT_MS)
  for (;;) {
    try {
      return await startChild(config, options.logger)
    } catch (cause) {
      const locked = cause instanceof EmbeddedStoreError && cause.reason === 'locked'
      if (!locked || options.clock() >= until) throw cause
      await delay(300)
    }
  }
}

/** The environment is made anew: nothing the parent knows may be read through the engine's functions. */
async function startChild(config: ChildConfig, logger: StoreLogger): Promise<RunningChild> {
  const script = fileURLToPath(new URL('./child.ts', import.meta.url))
  const child = spawn(nodeThatRunsTypeScript(), [...NODE_FLAGS, script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...MALLOC,
      UV_THREADPOOL_SIZE: String(LIMITS.threads),
      TZ: 'UTC',
      LANG: 'C.UTF-8',
      PATH: process.env.PATH ?? '',
    },
  })
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  // What could not be started, for want of descriptors or memory, has no pipes: it says why, and never ends.
  if (child.pid === undefined) await exited
  const complaints: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (complaints.push(line) > 20) complaints.shift()
    logger.warn(`embedded store: ${line}`)
  })
  // The child may be gone before it has read the line; its exit tells more than this error.
  child.stdin.on('error', () => {})
  child.stdin.write(`${JSON.stringify(config)}\n`)
  const lines = createInterface({ input: child.stdout })
  const timeout = new AbortController()
  try {
    const answer = await Promise.race([
      once(lines, 'line').then(([line]) => JSON.parse(String(line)) as ChildAnswer),
      exited.then(({ code, signal }) =>
        failed(`the store's process ended at start (${signal ?? `code ${code}`})\n${complaints.join('\n')}`),
      ),
      delay(START_TIMEOUT_MS, undefined, { signal: timeout.signal }).then(() =>
        failed(`the store did not start in ${START_TIMEOUT_MS} ms`),
      ),
    ])
    if (!answer.ok) throw new EmbeddedStoreError(answer.reason, answer.message)
    return { process: child, pid: child.pid!, port: answer.port, version: answer.version, exited }
  } catch (cause) {
    child.kill('SIGKILL')
    throw cause
  } finally {
    timeout.abort()
  }
}

/** The pinned Node: usually the one that runs us, unless a test runner was started on an older one. */
function nodeThatRunsTypeScript(): string {
  if (process.features.typescript) return process.execPath
  return join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node')
}

function failed(message: string): ChildAnswer {
  return { ok: false, reason: 'failed', message }
}

async function stopChild(child: RunningChild, logger: StoreLogger, wait_ms: number): Promise<void> {
  child.process.stdin!.end()
  const timer = setTimeout(() => {
    logger.warn(`embedded store: process ${child.pid} did not end in ${wait_ms} ms, killing it`)
    child.process.kill('SIGKILL')
  }, wait_ms)
  await child.exited
  clearTimeout(timer)
}
