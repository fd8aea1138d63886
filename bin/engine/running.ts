import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A running engine of a home, and the secret that opens its admin routes. */
export type RunningEngine = { readonly url: string; readonly secret: string }

/** The engine that runs on this home, if one does: it has left its address, and it answers. */
export async function runningEngine(home: string): Promise<RunningEngine | undefined> {
  const note = await readOrUndefined(join(home, 'engine.json'))
  const secret = await readOrUndefined(join(home, 'admin.key'))
  if (note === undefined || secret === undefined) return undefined
  const { host, port } = JSON.parse(note) as { host: string; port: number }
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  try {
    const answer = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(ANSWER_MS) })
    return answer.ok ? { url, secret: secret.trim() } : undefined
  } catch {
    // Nobody answers: the note was left by an engine that was killed. Its lock tells the rest when one is started.
    return undefined
  }
}

const ANSWER_MS = 5_000

async function readOrUndefined(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}
