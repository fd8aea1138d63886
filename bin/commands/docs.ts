import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { clientSource } from '../../query-api/contract/client-source.ts'
import { OPERATIONS } from '../../query-api/contract/list.ts'
import { openapi } from '../../query-api/contract/openapi.ts'
import type { CommandContext } from '../command.ts'
import { configurationPage } from '../docs/configuration.ts'
import { errorsPage } from '../docs/errors.ts'
import { eventsPage } from '../docs/events.ts'
import { metricsPage } from '../docs/metrics.ts'
import { questionsPage } from '../docs/questions.ts'
import { sqlPage } from '../docs/sql.ts'
import { tablesPage } from '../docs/tables.ts'
import { topicsPage } from '../docs/topics.ts'
import { isOn } from '../flags.ts'

/** The pages of docs/ that code writes. Adding one: a function from nothing to Markdown, and a line here. */
export const PAGES: Readonly<Record<string, () => string>> = {
  'configuration.md': configurationPage,
  'errors.md': errorsPage,
  'events.md': eventsPage,
  'metrics.md': metricsPage,
  'questions.md': questionsPage,
  'sql.md': sqlPage,
  'tables.md': tablesPage,
  'topics.md': topicsPage,
  // No page, but made in the same way.
  '../query-api/client/operations.ts': () => clientSource(OPERATIONS, openapi(OPERATIONS)),
}

const FOLDER = join(dirname(dirname(import.meta.dirname)), 'docs')

/** Writes the pages, or with `--check` only compares; prints the name of each page that was not up to date. */
export function run({ flags, stdout, stderr }: CommandContext): Promise<number> {
  return writePages(PAGES, FOLDER, isOn(flags, 'check'), stdout, stderr)
}

export async function writePages(
  pages: typeof PAGES,
  folder: string,
  checkOnly: boolean,
  stdout: NodeJS.WritableStream,
  stderr: NodeJS.WritableStream,
): Promise<number> {
  let stale = 0
  for (const [name, make] of Object.entries(pages)) {
    const path = join(folder, name)
    const wanted = make()
    if ((await contentOrNull(path)) === wanted) continue
    stale++
    if (!checkOnly) await writeFile(path, wanted)
    stdout.write(`${join('docs', name)}\n`)
  }
  if (!checkOnly || stale === 0) return 0
  stderr.write(`${stale} of ${Object.keys(pages).length} pages are not what the code says: run npm run docs\n`)
  return 1
}

async function contentOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
