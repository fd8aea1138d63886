import { readdir, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { ImportError } from '../error.ts'
import { problemsOf } from './check.ts'
import { type Mapping, mappingFormat } from './format.ts'

/**
 * A shipped mapping by its name, or any mapping by its path (it contains a slash or ends in `.json`).
 *
 * @throws ImportError `unknown_mapping`, or `bad_mapping` with every problem and its path
 */
export async function loadMapping(nameOrPath: string): Promise<Mapping> {
  const isPath = nameOrPath.includes('/') || nameOrPath.endsWith('.json')
  if (!isPath && !(await shippedMappings()).includes(nameOrPath)) {
    const names = (await shippedMappings()).join(', ')
    throw new ImportError('unknown_mapping', `no mapping ${JSON.stringify(nameOrPath)}; shipped are: ${names}`)
  }
  const path = isPath ? nameOrPath : new URL(`${nameOrPath}.json`, SHIPPED)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new ImportError('unknown_mapping', `cannot read the mapping ${nameOrPath}`, { cause: error })
  }
  return parseMapping(text, basename(nameOrPath))
}

/** Names of the mappings that come with Omnify. */
export async function shippedMappings(): Promise<string[]> {
  const files = await readdir(SHIPPED)
  return files.flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -5)] : [])).sort()
}

/** Reads a mapping from its JSON text. `label` names it in errors. */
export function parseMapping(text: string, label: string): Mapping {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new ImportError('bad_mapping', `the mapping ${label} is not JSON: ${(error as Error).message}`, {
      cause: error,
    })
  }
  const result = mappingFormat.safeParse(json)
  const problems = result.success
    ? problemsOf(result.data)
    : result.error.issues.map((issue) => `${issue.path.map(String).join('/') || '(top)'}: ${issue.message}`)
  if (result.success && problems.length === 0) return result.data
  throw new ImportError('bad_mapping', `the mapping ${label} cannot be used:\n  ${problems.join('\n  ')}`, { problems })
}

const SHIPPED = new URL('../mappings/', import.meta.url)
