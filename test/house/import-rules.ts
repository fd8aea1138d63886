import { isProduct, type SourceFile, type Tree } from './tree.ts'

/** Which top folders a top folder may import, besides itself. One way: schemas ← models ← pipelines ← the rims ← bin. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  models: ['schemas'],
  pipelines: ['schemas', 'models'],
  ingest: ['schemas', 'models', 'pipelines'],
  'query-api': ['schemas', 'models', 'pipelines'],
  bin: ['schemas', 'models', 'pipelines', 'ingest', 'query-api', 'benchmarks'],
  benchmarks: ['schemas', 'models', 'pipelines', 'ingest', 'query-api', 'bin', 'test'],
  test: ['schemas', 'models', 'pipelines', 'ingest', 'query-api', 'bin', 'benchmarks'],
}

/** Members of a family never import each other. `members` narrows a folder that holds other things too. */
const FAMILIES: readonly { folder: string; members?: readonly string[]; free?: readonly string[] }[] = [
  { folder: 'ingest/connectors' },
  { folder: 'models', free: ['math'] },
  { folder: 'pipelines', members: ['facts', 'windows', 'detect', 'forecast', 'attribute'] },
  { folder: 'pipelines/log', members: ['embedded', 'kafka'] },
]

/** Folders that know no clock, network, disk, environment or randomness, so no builtin of Node. */
const PURE = ['schemas/', 'models/']

const WORLD = 'ingest/world/'

/** The import table: who may import whom. */
export function importTable(tree: Tree): string[] {
  return edges(tree).flatMap(({ file, target, line }) => {
    const [from, to] = [topOf(file.path), topOf(target)]
    const allowed = from === to || from === 'vitest.config.ts' || MAY_IMPORT[from]?.includes(to)
    if (!allowed) return [`${line}: ${from} may not import ${to}`]
    if (file.path.startsWith(WORLD) && !target.startsWith(WORLD) && to !== 'schemas') {
      return [`${line}: the world imports schemas only, so that its truth is its own`]
    }
    return []
  })
}

/** Connectors, models, stages and log adapters do not know their siblings. */
export function siblings(tree: Tree): string[] {
  return edges(tree).flatMap(({ file, target, line }) =>
    FAMILIES.flatMap(({ folder, members, free = [] }) => {
      const [from, to] = [memberOf(file.path, folder), memberOf(target, folder)]
      if (from === null || to === null || from === to || free.includes(to)) return []
      if (members !== undefined && !(members.includes(from) && members.includes(to))) return []
      return [`${line}: ${folder}/${from} and ${folder}/${to} are siblings`]
    }),
  )
}

/** Every relative import names a file that exists, with its extension. */
export function brokenImports(tree: Tree): string[] {
  return [...tree.values()].flatMap(({ path, imports }) =>
    imports
      .filter(({ specifier, target, kind }) => kind !== 'reference' && specifier.startsWith('.') && target === null)
      .filter(({ specifier }) => !/\.(json|sql|md)$/.test(specifier) && !specifier.includes('node_modules/'))
      .map(({ specifier }) => `${path} → ${specifier}: no such file`),
  )
}

/** Pure folders import no builtin of Node. */
export function pureImports(tree: Tree): string[] {
  return [...tree.values()]
    .filter(({ path }) => PURE.some((folder) => path.startsWith(folder)))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier, kind }) => kind !== 'reference' && specifier.startsWith('node:'))
        .map(({ specifier }) => `${path} → ${specifier}: pure folders import nothing of Node`),
    )
}

/**
 * No file reaches itself through imports: a cycle is one file that was cut in the wrong place. In the product that
 * holds for types too; a test suite's parts may name the type of the whole.
 */
export function cycles(tree: Tree): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const trail: string[] = []
  const visit = (path: string) => {
    const start = trail.indexOf(path)
    if (start !== -1) {
      found.push([...trail.slice(start), path].join(' → '))
      return
    }
    if (done.has(path)) return
    trail.push(path)
    for (const { target, kind } of tree.get(path)!.imports) {
      if (target !== null && (kind === 'import' || (kind === 'type import' && isProduct(path)))) visit(target)
    }
    trail.pop()
    done.add(path)
  }
  for (const path of tree.keys()) visit(path)
  return found
}

function edges(tree: Tree): { file: SourceFile; target: string; line: string }[] {
  return [...tree.values()].flatMap((file) =>
    file.imports.flatMap(({ target, kind }) =>
      target === null || kind === 'reference' ? [] : [{ file, target, line: `${file.path} → ${target}` }],
    ),
  )
}

function topOf(path: string): string {
  return path.split('/')[0]!
}

/** `models/ltv/fit.ts` and `models/ltv.ts` both belong to member `ltv` of `models`. */
function memberOf(path: string, folder: string): string | null {
  if (!path.startsWith(`${folder}/`)) return null
  return path
    .slice(folder.length + 1)
    .split('/')[0]!
    .replace(/\.[tj]s$/, '')
}
