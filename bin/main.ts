import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { COMMANDS } from './commands.ts'
import { dispatch, rowOf } from './dispatch.ts'
import { followLauncher } from './follow-launcher.ts'
import { stopOnSignals } from './stop-on-signals.ts'

const projectDir = dirname(import.meta.dirname)
const stopping = new AbortController()

followLauncher(process)
stopOnSignals(process, stopping)

const argv = process.argv.slice(2)

// `omnify … | head`: the reader has left. Not an error to print, but the results were not delivered either, which is a
// failure unless the command answers a stream. A disk that is full, or a terminal that is gone, takes no more either:
// what runs ends in order, too.
let readerGone = false
let unwritten = false
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    stopping.abort(error)
    if (error.code === 'EPIPE') {
      readerGone = true
      return
    }
    unwritten = true
    if (stream === process.stdout) process.stderr.write(`omnify: the output cannot be written: ${error.message}\n`)
  })
}

const code = await dispatch(COMMANDS, argv, {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stopping.signal,
  cwd: process.cwd(),
  projectDir,
  isNewHome: (home) => !existsSync(home) || readdirSync(home).length === 0,
  version: JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')).version,
})
await Promise.all([flushed(process.stdout), flushed(process.stderr)])
const undelivered = unwritten || (readerGone && !rowOf(COMMANDS, argv).row?.reader_may_leave)
process.exit(undelivered && code === 0 ? 1 : code)

/** Resolves when everything written so far has left the process: exiting earlier would cut a pipe short. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve())
  })
}
