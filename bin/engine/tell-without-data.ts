import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * An error and its causes in one line without anything that a tenant sent or stored: names, codes, and the places in our
 * sources where it arose. Messages are left out where they may quote: the store's quote rows, a parser's its input.
 */
export function tellWithoutData(error: unknown): string {
  const parts: string[] = []
  for (let at = error, depth = 0; at !== undefined && depth < CAUSES_MAX; depth += 1) {
    parts.push(partOf(at))
    at = at instanceof Error ? at.cause : undefined
  }
  return parts.join(' ← ')
}

function partOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const { code, kind } = error as { code?: unknown; kind?: unknown }
  const said = [kind, code].filter((value) => typeof value === 'string' || typeof value === 'number')
  const place = placesOf(error)
  return [error.name, ...said, ...(place === '' ? [] : [`at ${place}`])].join(' ')
}

/** The innermost lines of ours, as `query-api/sql/sql.ts:12`. */
function placesOf(error: Error): string {
  const frames = [...(error.stack ?? '').matchAll(/^ {4}at .*?(file:\/\/\/[^\s)]+|\/[^\s():]+):(\d+):\d+\)?$/gm)]
  const ours = frames
    .map(([, file, line]) => [file!.startsWith('file:') ? fileURLToPath(file!) : file!, line] as const)
    .filter(([file]) => !file.includes('node_modules'))
  return ours
    .slice(0, PLACES_MAX)
    .map(([file, line]) => `${relative(ROOT, file)}:${line}`)
    .join(' < ')
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CAUSES_MAX = 5
const PLACES_MAX = 4
