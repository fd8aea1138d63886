/**
 * The child process that holds the engine. It reads one JSON line from stdin (what to open and the secret: neither
 * arguments nor environment are private), answers one JSON line on stdout (ready, or why not), and serves until stdin
 * closes, which is how it notices that its parent is gone.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openEngine } from './engine.ts'
import { engineErrorOf } from './errors.ts'
import { giveBack } from './give-back.ts'
import { CONNECTION_ARGS, engineConfig } from './limits.ts'
import { createStoreServer } from './server.ts'

export type ChildConfig = {
  readonly dir: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly overdue_ms: number
}

/** `reason` is `locked` when another live process holds the directory, `too_new` when a later version wrote it. */
export type ChildAnswer =
  | { readonly ok: true; readonly port: number; readonly version: string }
  | { readonly ok: false; readonly reason: 'locked' | 'too_new' | 'failed'; readonly message: string }

/** Version of the layout of the directory; the engine's own files have versions of their own. */
const LAYOUT_VERSION = 1

const GIVE_BACK_MS = 30_000

// Ctrl-C in a terminal, and many a supervisor, signal the whole process group. The parent still needs the store to end
// its work; it closes stdin when it is done.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

const lines = createInterface({ input: process.stdin })
const [first] = (await new Promise<[string]>((resolve) => lines.once('line', (line) => resolve([line])))) as [string]
await serve(JSON.parse(first) as ChildConfig)

async function serve(config: ChildConfig): Promise<void> {
  try {
    const layout = checkLayout(config.dir)
    if (layout !== null) return answer({ ok: false, reason: 'too_new', message: layout })
    const config_file = join(config.dir, 'engine.xml')
    writeFileSync(config_file, engineConfig(), { mode: 0o600 })
    const data = join(config.dir, 'data')
    const engine = openEngine(data, [`--config-file=${config_file}`, ...CONNECTION_ARGS])
    // The directory is ours from here on: what a process before us left in it can go.
    const scratch = join(config.dir, 'scratch')
    rmSync(scratch, { recursive: true, force: true })
    mkdirSync(scratch, { mode: 0o700 })
    const probe = engine.connect()
    const version = (await probe.query('SELECT version()', 'TSV')).bytes.toString('utf8').trim()
    probe.close()
    const store = createStoreServer(engine, version, scratch, {
      secret: config,
      overdue_ms: config.overdue_ms,
      onOverdue: (query_id, limit_s) => endNow(`statement ${query_id} outlived its ${limit_s} s and cannot be stopped`),
    })
    await new Promise<void>((resolve, reject) => {
      store.server.once('error', reject).listen(config.port, '127.0.0.1', resolve)
    })
    const giving = giveBack(engine, GIVE_BACK_MS, (error) =>
      process.stderr.write(`memory is given back by the engine itself only: ${engineErrorOf(error).message}\n`),
    )
    answer({ ok: true, port: (store.server.address() as AddressInfo).port, version })
    lines.once('close', async () => {
      await store.stop()
      await giving.stop()
      engine.close()
      process.exit(0)
    })
  } catch (cause) {
    const locked = lockHolder(config.dir, engineErrorOf(cause).code)
    answer(
      locked === null
        ? {
            ok: false,
            reason: 'failed',
            message: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
          }
        : { ok: false, reason: 'locked', message: locked },
    )
  }
}

function answer(line: ChildAnswer): void {
  process.stdout.write(`${JSON.stringify(line)}\n`, () => {
    if (!line.ok) process.exit(1)
  })
}

/** At once: the engine's threads are busy, so an orderly end would wait for them. Our parent starts another. */
function endNow(reason: string): void {
  process.stderr.write(`${reason}: the process ends\n`, () => process.kill(process.pid, 'SIGKILL'))
}

function checkLayout(dir: string): string | null {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const file = join(dir, 'layout.json')
  let found = 0
  try {
    found = (JSON.parse(readFileSync(file, 'utf8')) as { version: number }).version
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
  }
  if (found > LAYOUT_VERSION) return `the store in ${dir} has layout ${found}; this program knows ${LAYOUT_VERSION}`
  if (found < LAYOUT_VERSION) writeFileSync(file, `${JSON.stringify({ version: LAYOUT_VERSION })}\n`, { mode: 0o600 })
  return null
}

/**
 * The engine locks `status` with flock(2) for as long as its process lives, so there are no stale locks; the file
 * names the process.
 */
function lockHolder(dir: string, code: number): string | null {
  if (code !== 76) return null
  try {
    const pid = /PID: (\d+)/.exec(readFileSync(join(dir, 'data', 'status'), 'utf8'))?.[1]
    return pid === undefined ? null : `the store in ${dir} is in use by process ${pid}`
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw cause
  }
}
