import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogRecord } from '../../../pipelines/log/port.ts'
import { connectStore, type Store } from '../../../pipelines/store/client.ts'
import { type Control, readStoreNote, writeControl } from '../inside/control.ts'
import type { LogKind } from '../plan.ts'
import { type StoreProxy, startStoreProxy } from '../store-proxy.ts'
import { makeUnit, type Unit } from './unit.ts'

/** The engine under fire, in one of its forms. */
export type Stack = {
  readonly log: LogKind
  readonly home: Home
  /** Who takes events in, and who answers questions. */
  readonly ingest: Unit
  readonly query: Unit
  /** Who holds the store's process. */
  readonly store: Unit
  /** Who works on partitions. */
  readonly workers: readonly Unit[]
  /** All of them, in the order in which they are started. */
  readonly units: readonly Unit[]
  /** Everything on a topic, by partition; after `stop`. */
  readLog(topic: string): Promise<LogRecord[][]>
  /** Puts a record on the events topic as a foreign producer does, where that is possible. */
  appendForeign?(text: string): Promise<void>
  /** Stops the engine as its operator does. */
  stop(): Promise<void>
  /** Removes what is left besides the engine's processes and its home. */
  close(): Promise<void>
}

/** What both forms have in common: a folder, a way to tell engines about faults, a proxy before the store. */
export type Home = {
  readonly dir: string
  readonly proxy: StoreProxy
  readonly unit: (name: string, args: readonly string[], env?: Env) => Unit
  /** Processes that ended though nobody had asked them to. */
  readonly surprises: string[]
  tell(change: Partial<Control>): Control
  key(): Promise<string>
  /** The store, past the proxy; valid until its process is started anew. */
  connect(): Store
  /** Ends every process that was made here, if it runs. */
  killAll(): Promise<void>
  close(): Promise<void>
}

/** Variables of the environment. */
export type Env = Readonly<Record<string, string>>

/** @param given  for every process that is made here */
export async function makeHome(given: Env = {}): Promise<Home> {
  const dir = await mkdtemp(join(tmpdir(), 'omnify-chaos-'))
  const proxy = await startStoreProxy(() => Number(new URL(readStoreNote(dir).url).port))
  const surprises: string[] = []
  const units: Unit[] = []
  let control: Control = { store_proxy: proxy.port, clock_step_ms: 0, disk: 'good', session_timeout_ms: SESSION_MS }
  writeControl(dir, control)
  const omnify_home = join(dir, 'home')
  return {
    dir: omnify_home,
    proxy,
    surprises,
    unit(name, args, env = {}) {
      const unit = makeUnit({
        name,
        args,
        // Each start compiles half a megabyte anew otherwise, and there are hundreds.
        env: {
          OMNIFY_HOME: omnify_home,
          CHAOS_CONTROL: dir,
          NODE_COMPILE_CACHE: join(dir, 'compiled'),
          ...given,
          ...env,
        },
        onSurprise: (text) => surprises.push(text),
      })
      units.push(unit)
      return unit
    },
    tell(change) {
      control = { ...control, ...change }
      writeControl(dir, control)
      return control
    },
    key: async () => (await readFile(join(omnify_home, 'key'), 'utf8')).trim(),
    connect: () => connectStore({ ...readStoreNote(dir), database: 'omnify' }),
    async killAll() {
      for (const unit of units) if (unit.runs()) await unit.kill()
    },
    async close() {
      await proxy.close()
      await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    },
  }
}

/** A zombie need not be waited for long: the test broker allows sessions from 1 s on. */
export const SESSION_MS = 3_000
