import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, childrenOf, isGone, startCommand } from '../../support/omnify-process.ts'

/** One process of the engine that can be killed and started again, and is: whatever ends by itself is noted. */
export type Unit = {
  readonly name: string
  /** Where it answers now; undefined while it is not there. */
  url(): string | undefined
  runs(): boolean
  start(): Promise<void>
  /** `kill -9`, until it and what it started are gone. */
  kill(): Promise<void>
  /** SIGTERM, until it has ended. */
  stop(): Promise<void>
  /** SIGSTOP, and SIGCONT after so long. */
  freeze(ms: number): Promise<void>
  /** Waits for its end, which must come by itself. @throws Error when it does not within `timeout_ms` */
  ends(timeout_ms: number): Promise<void>
  /** The process of the embedded store below it. */
  storePid(): Promise<number>
  /** The last lines it wrote to stderr. */
  complaints(): string
}

export type UnitOptions = {
  readonly name: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Told when it ended though nobody had asked it to. */
  readonly onSurprise: (text: string) => void
}

export function makeUnit({ name, args, env, onSurprise }: UnitOptions): Unit {
  let running: Command | undefined
  let url: string | undefined
  let expected = false
  let err = ''

  const now = (): Command => {
    if (running === undefined) throw new Error(`${name} does not run`)
    return running
  }

  const unit: Unit = {
    name,
    url: () => url,
    runs: () => running !== undefined,
    async start() {
      const command = startCommand(args, env, ['--import', PRELOAD])
      running = command
      expected = false
      void command.ended.then(({ code, signal }) => {
        err = command.err()
        if (running !== command) return
        running = undefined
        url = undefined
        if (!expected) onSurprise(`${name} ended by itself (${signal ?? `code ${code}`}):\n${lastLines(err)}`)
      })
      for (const until = performance.now() + START_TIMEOUT_MS; ; await sleep(20)) {
        url = READY.exec(command.out())?.[1]
        if (url !== undefined) return
        if (running !== command) throw new Error(`${name} did not start:\n${lastLines(err)}`)
        if (performance.now() > until) throw new Error(`${name} does not get ready:\n${lastLines(command.err())}`)
      }
    },
    async kill() {
      const command = now()
      expected = true
      const below = await childrenOf(command.pid)
      command.kill('SIGKILL')
      await command.ended
      for (const pid of below) if (!(await isGone(pid, 60_000))) throw new Error(`the store ${pid} outlived ${name}`)
    },
    async stop() {
      const command = now()
      expected = true
      command.kill('SIGTERM')
      const { code, signal } = await command.ended
      if (code !== 0)
        onSurprise(`${name} was asked to stop and ended with ${signal ?? `code ${code}`}:\n${lastLines(err)}`)
    },
    async freeze(ms) {
      const command = now()
      command.kill('SIGSTOP')
      await sleep(ms)
      command.kill('SIGCONT')
    },
    async ends(timeout_ms) {
      const command = now()
      expected = true
      const timeout = new AbortController()
      const late = sleep(timeout_ms, 'late' as const, { signal: timeout.signal }).catch(() => undefined)
      if ((await Promise.race([command.ended, late])) === 'late') throw new Error(`${name} goes on, and must not`)
      timeout.abort()
    },
    async storePid() {
      const [pid] = await childrenOf(now().pid)
      if (pid === undefined) throw new Error(`${name} has no store at the moment`)
      return pid
    },
    complaints: () => lastLines(running?.err() ?? err),
  }
  return unit
}

const PRELOAD = new URL('../inside/preload.ts', import.meta.url).href
const START_TIMEOUT_MS = 90_000
/** Of `omnify up` and `run ROLE`, or of `run store`. */
const READY = /(?:is ready after [\d.]+ s at|the store answers at) (http:\/\/[^\s;]+)/

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-15).join('\n')
}
