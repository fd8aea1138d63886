import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { ImportProgress } from '../../ingest/importer/job.ts'
import type { RunningEngine } from './running.ts'

/**
 * Asks a running engine for work that takes a while: it answers with lines of progress and, last, the result.
 *
 * @throws Error with the engine's own words, or when the engine goes away before it is done
 */
export async function callEngine<T, P = ImportProgress>(
  engine: RunningEngine,
  path: string,
  body: unknown,
  onProgress: (progress: P) => void,
  signal: AbortSignal,
): Promise<T> {
  const response = await fetch(`${engine.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${engine.secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  })
  if (!response.ok || response.body === null) {
    throw new Error(`the engine refused (${response.status}): ${await response.text()}`)
  }
  let last: Last<T> | undefined
  try {
    last = await lastLine<T, P>(response.body as ReadableStream, onProgress)
  } catch (cause) {
    // Our own end is told as that.
    signal.throwIfAborted()
    throw wentAway(cause)
  }
  if (last === undefined) throw wentAway()
  if ('error' in last) throw new Error(last.error)
  return last.result
}

type Last<T> = { readonly error: string } | { readonly result: T }

/** @throws what the connection broke off with, or SyntaxError where that was within a line */
async function lastLine<T, P>(body: ReadableStream, onProgress: (progress: P) => void): Promise<Last<T> | undefined> {
  for await (const text of createInterface({ input: Readable.fromWeb(body), crlfDelay: Infinity })) {
    const line = JSON.parse(text) as Last<T> | { readonly progress: P }
    if (!('progress' in line)) return line
    onProgress(line.progress)
  }
  return undefined
}

function wentAway(cause?: unknown): Error {
  return new Error('the engine went away in the middle; run the same command again, it goes on where it was', { cause })
}
