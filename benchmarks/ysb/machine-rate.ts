import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { PROJECT } from '../support/machine.ts'

/**
 * What the machine gives to two processes that have nothing to do with each other, nor with the engine: decoded
 * events per second of both together, on the cores that this process may use.
 *
 * @param passes over 10,000 events, by each of the two
 * @throws Error when one of them ends early
 */
export async function machineRate(passes: number): Promise<number> {
  const children = [startSpin(), startSpin()]
  try {
    await Promise.all(children.map((child) => said(child, 'ready')))
    const begun = performance.now()
    await Promise.all(
      children.map((child) => {
        child.send(passes)
        return said(child, 'done')
      }),
    )
    return (2 * passes * 10_000) / ((performance.now() - begun) / 1_000)
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

function startSpin(): ChildProcess {
  return fork(join(import.meta.dirname, 'spin.ts'), {
    execPath: join(PROJECT, 'node_modules/.bin/node'),
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

async function said(child: ChildProcess, what: string): Promise<void> {
  const ended = new AbortController()
  const early = once(child, 'exit', { signal: ended.signal }).then(([code, signal]) => {
    throw new Error(`a process that only decodes ended with ${signal ?? `code ${code}`}`)
  })
  try {
    const [message] = await Promise.race([once(child, 'message', { signal: ended.signal }), early])
    if (message !== what) throw new Error(`a process that only decodes said ${JSON.stringify(message)}`)
  } finally {
    // Both wait on it, and the one that lost would be told of nothing.
    early.catch(() => {})
    ended.abort()
  }
}
