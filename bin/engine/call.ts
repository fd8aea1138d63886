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
  const lines = createInterface({ input: Readable.fromWeb(response.body as ReadableStream), crlfDelay: Infinity })
  for await (const text of lines) {
    const line = JSON.parse(text) as Line<T, P>
    if ('progress' in line) onProgress(line.progress)
    else if ('error' in line) throw new Error(line.error)
    else return line.result
  }
  throw new Error('the engine went away in the middle; run the same command again, it goes on where it was')
}

type Line<T, P> = { readonly progress: P } | { readonly error: string } | { readonly result: T }
