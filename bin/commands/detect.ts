import { once } from 'node:events'
import { addAbortSignal, type Readable } from 'node:stream'
import { makeMemory } from '../../models/anomaly/memory.ts'
import { isAlert, scoreOf, scorePoint } from '../../models/anomaly/score-point.ts'
import type { CommandContext } from '../command.ts'
import { linesOf } from '../detect/lines.ts'
import { isHeader, parseRow } from '../detect/parse-row.ts'

const HEADER = 'timestamp,value,score,alert\n'

/**
 * `omnify detect`: scores each line of `timestamp,value` on standard input by the lines before it, and writes it with
 * its score (0 to 1) and 0 or 1 for an alert before it reads the next: a program can feed it a live series. Fields may
 * be quoted; they are written as they came. A reader that leaves ends it quietly.
 *
 * @throws Error with the number of the line that cannot be read, or whose value is no number: skipping it would move
 * the season of all that follow. What came before it has been answered.
 */
export async function run(context: CommandContext): Promise<number> {
  const { signal } = context
  try {
    await answerLines(context)
  } catch (error) {
    if (!signal.aborted) throw error
    const { reason } = signal as { readonly reason: NodeJS.ErrnoException }
    if (reason.code !== 'EPIPE') throw reason
  }
  return 0
}

async function answerLines({ stdin, stdout, signal }: CommandContext): Promise<void> {
  const memory = makeMemory(1)
  await write(stdout, HEADER, signal)
  let number = 0
  let blank: number | null = null
  for await (const line of linesOf(addAbortSignal(signal, stdin as Readable))) {
    signal.throwIfAborted()
    number++
    if (line.trim() === '') {
      blank ??= number
      continue
    }
    // Blank lines may end a file; elsewhere something is missing.
    if (blank !== null) throw new Error(`line ${blank} of the input is empty`)
    if (number === 1 && isHeader(line)) continue
    const parsed = parseRow(line)
    if (parsed.kind === 'error') throw new Error(`line ${number} of the input: ${parsed.reason}`)
    const { time_s, value } = parsed.row
    const evidence = scorePoint(memory, 0, time_s, value)
    await write(stdout, `${line},${scoreOf(evidence).toFixed(6)},${isAlert(evidence) ? 1 : 0}\n`, signal)
  }
}

/** Resolves when the stream takes more: a slow reader holds the input back, and nothing piles up. */
async function write(stdout: NodeJS.WritableStream, text: string, signal: AbortSignal): Promise<void> {
  if (!stdout.write(text)) await once(stdout, 'drain', { signal })
}
