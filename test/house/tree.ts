import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type Scanned, scan } from './scan.ts'

export type SourceFile = Scanned & {
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

export type Import = {
  /** As written. */
  readonly specifier: string
  /** The file of this tree that it means, or null: a package, a builtin, or nothing. */
  readonly target: string | null
  /** `reference`: a path in a string, such as a worker's file; it keeps a file alive but is no import. */
  readonly kind: 'import' | 'type import' | 'reference'
}

/** Source files by path from the project's root, with `/`. */
export type Tree = ReadonlyMap<string, SourceFile>

export const PRODUCT = ['schemas', 'models', 'pipelines', 'ingest', 'query-api', 'bin'] as const
const ROOTS = [...PRODUCT, 'benchmarks', 'test']

/** All sources of a project folder. */
export function readTree(project: string): Tree {
  const files: Record<string, string> = { 'vitest.config.ts': readFileSync(join(project, 'vitest.config.ts'), 'utf8') }
  for (const root of ROOTS) {
    for (const entry of readdirSync(join(project, root), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(ts|js)$/.test(entry.name)) continue
      const path = join(entry.parentPath, entry.name)
      files[path.slice(project.length + 1).replaceAll('\\', '/')] = readFileSync(path, 'utf8')
    }
  }
  return makeTree(files)
}

/** A tree from texts, for the checks' own tests. */
export function makeTree(files: Readonly<Record<string, string>>): Tree {
  const paths = new Set(Object.keys(files))
  return new Map(
    Object.entries(files).map(([path, text]) => {
      const scanned = scan(text)
      return [path, { path, text, ...scanned, imports: importsOf(path, scanned, paths) }]
    }),
  )
}

export function isProduct(path: string): boolean {
  return PRODUCT.some((root) => path.startsWith(`${root}/`))
}

function importsOf(path: string, { code, literals }: Scanned, paths: ReadonlySet<string>): Import[] {
  const found: Import[] = []
  for (const { start, value } of literals) {
    const before = code.slice(0, start)
    const relative = posix.join(posix.dirname(path), value)
    if (/\b(?:from|import)\s*\(?\s*$/.test(before.slice(-40))) {
      const target = value.startsWith('.') && paths.has(relative) ? relative : null
      const statement = before.slice(Math.max(before.lastIndexOf('import'), before.lastIndexOf('export')))
      found.push({ specifier: value, target, kind: /^\w+\s+type\b/.test(statement) ? 'type import' : 'import' })
      continue
    }
    // `new URL('./child.ts', import.meta.url)`, 'bin/main.ts', '--reporter=./test/closing-line.ts'
    const file = /[\w./-]+\.(?:ts|js)$/.exec(value)?.[0]
    if (file === undefined) continue
    const target = [posix.join(posix.dirname(path), file), posix.normalize(file)].find((one) => paths.has(one))
    if (target !== undefined) found.push({ specifier: value, target, kind: 'reference' })
  }
  return found
}
