/** Child processes that never outlive the process that started them. */

import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'

/** A controlled shutdown of a one-node broker takes a second; one that takes longer hangs. */
const TERM_TIMEOUT_MS = 15_000

export type Guarded = {
  running(): boolean
  /** Sends the signal (SIGKILL when SIGTERM does nothing in time) and waits for the end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/**
 * The shell holds our pipe as its stdin: when we die by whatever means, even SIGKILL, `read` ends and the child is
 * killed. An 'exit' handler alone would leave a JVM behind after a SIGKILL.
 */
const GUARD =
  '"$@" </dev/null & child=$!; (while read -r signal; do kill -s "$signal" $child; done; kill -9 $child 2>/dev/null) <&3 & wait $child'

export function spawnGuarded(command: readonly string[], logFile: string): Guarded {
  const log = openSync(logFile, 'a')
  const child = spawn('sh', ['-c', GUARD, 'guard', ...command], { stdio: ['ignore', log, log, 'pipe'], detached: true })
  closeSync(log)
  const guard = child.stdio[3] as NodeJS.WritableStream & { unref?(): void }
  // The shell may be gone when we write to it.
  guard.on('error', () => {})
  child.unref()
  guard.unref?.()
  let running = true
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running = false
      // At once, so that the shell's reader ends and can never kill another process that got the same id.
      guard.end()
      resolve()
    })
  })
  return {
    running: () => running,
    end: async (signal) => {
      if (!running) return
      guard.write(`${signal.slice(3)}\n`)
      const timer = setTimeout(() => guard.write('KILL\n'), TERM_TIMEOUT_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

/**
 * A port nobody listens on now, and that the system does not give to others by itself: a broker listens some seconds after
 * it was told its port, and again after it was killed, and ports of connections are taken all the time.
 */
export async function freePort(): Promise<number> {
  const end = await firstGivenAway()
  for (;;) {
    const port = randomInt(FIRST_PORT, end)
    if (await isFree(port)) return port
  }
}

const FIRST_PORT = 15_000

/** Where the ports begin that the system chooses from: IANA's recommendation where Linux says nothing else. */
async function firstGivenAway(): Promise<number> {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '49152 65535')
  const first = Number(range.trim().split(/\s+/)[0])
  // Where it chooses from all ports, one of all ports it is.
  return first > FIRST_PORT + 1_000 ? first : 65_536
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
