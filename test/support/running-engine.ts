/** Homes and engines for a test file. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { type Command, type Env, isGone, type RunningEngine, startCommand, untilReady } from './omnify-process.ts'

export type { RunningEngine } from './omnify-process.ts'

/**
 * Homes and processes for one test file; whatever is left of them at its end is removed. To be called at the top of a
 * `describe`.
 */
export function useProcesses() {
  const homes: string[] = []
  const started = new Set<Command>()
  const stores = new Set<number>()

  afterAll(async () => {
    for (const command of started) command.kill('SIGKILL')
    await Promise.all([...started].map(({ ended }) => ended))
    // A store follows its engine by itself; one that does not must not outlive the test either.
    for (const pid of stores) if (!(await isGone(pid, 8_000))) process.kill(pid, 'SIGKILL')
    for (const home of homes) await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }, 60_000)

  async function home(): Promise<string> {
    const made = await mkdtemp(join(tmpdir(), 'omnify-e2e-'))
    homes.push(made)
    return made
  }

  function start(home: string, args: readonly string[], env: Env = {}): Command {
    const command = startCommand(args, { OMNIFY_HOME: home, ...env })
    started.add(command)
    void command.ended.then(() => started.delete(command))
    return command
  }

  return {
    home,
    start,
    /** Runs a command to its end. */
    async run(home: string, args: readonly string[], env: Env = {}) {
      const command = start(home, args, env)
      const ended = await command.ended
      return { ...ended, out: command.out(), err: command.err() }
    },
    /** Starts an engine (or a role of it) and waits until it is ready. */
    async engine(options: { home?: string; args?: readonly string[]; env?: Env } = {}): Promise<RunningEngine> {
      const at = options.home ?? (await home())
      const command = start(at, options.args ?? ['up'], options.env)
      return untilReady(command, at, (pid) => stores.add(pid))
    },
  }
}

export type Processes = ReturnType<typeof useProcesses>
