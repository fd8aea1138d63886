import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { Bench } from '../benchmark.ts'
import { PROJECT } from '../support/machine.ts'
import { usageOf, watchUsage } from '../support/usage.ts'
import type { EngineDone, EngineJob, EngineSays } from './job.ts'

export type EngineRun = EngineDone & {
  readonly cpu_s_store: number | null
  readonly rss_peak_mb_engine: number | null
  readonly rss_peak_mb_store: number | null
}

/**
 * Runs a job in a process of its own and watches it and its store.
 *
 * @param node options of Node for it
 *
 * @throws Error when the process fails or ends before its job is done
 */
export async function runEngine(
  bench: Bench,
  job: EngineJob,
  store_pid: number,
  node: readonly string[] = [],
): Promise<EngineRun> {
  const child = fork(join(import.meta.dirname, 'engine.ts'), {
    execPath: join(PROJECT, 'node_modules/.bin/node'),
    execArgv: [...node],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  bench.cleanup.defer(() => void child.kill('SIGKILL'))
  const engine = watchUsage(async () => child.pid ?? null, { whole: true })
  const store = watchUsage(async () => store_pid, { whole: true })
  let store_before = await usageOf(store_pid)
  const { promise, reject, resolve } = Promise.withResolvers<EngineRun>()
  child.once('error', reject)
  child.once('exit', (code, signal) => reject(new Error(`the engine's process ended with ${signal ?? `code ${code}`}`)))
  child.on('message', async (message: EngineSays) => {
    if (message.kind === 'failed') reject(new Error(`the engine's process failed: ${message.message}`))
    else if (message.kind === 'log') bench.say(message.text)
    else if (message.kind === 'begun') store_before = await usageOf(store_pid)
    else {
      const { kind: _, ...done } = message
      const after = await usageOf(store_pid)
      const cpu_s_store = after === null || store_before === null ? null : after.cpu_s - store_before.cpu_s
      resolve({
        ...done,
        cpu_s_store,
        rss_peak_mb_engine: engine.stop().rss_peak_mb,
        rss_peak_mb_store: store.stop().rss_peak_mb,
      })
    }
  })
  child.send(job)
  try {
    return await promise
  } finally {
    engine.stop()
    store.stop()
    if (child.exitCode === null) await new Promise((ended) => child.once('exit', ended))
  }
}
