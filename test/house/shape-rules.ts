import { isProduct, type SourceFile, type Tree } from './tree.ts'

const PRODUCT_LINES_MAX = 250
const TEST_LINES_MAX = 400
const COPIED_LINES_MIN = 12

/** Longer for a reason: one table or one switch that would only get harder to read in pieces. */
const LONG: Readonly<Record<string, string>> = {
  'schemas/tables.ts': 'one table: the columns of every table of the store',
}

/** Where running begins. What cannot be reached from here is dead, however well it is tested. */
const ENTRIES = [
  ...['bin/omnify.js', 'bin/run-tests.js', 'bin/run-chaos.js', 'vitest.config.ts'],
  // A package of its own, for applications.
  'query-api/client/client.ts',
]

/** No barrels: an import names the file that has the thing. */
export function barrels(tree: Tree): string[] {
  return [...tree.values()].flatMap(({ path, code }) => [
    ...(/(^|\/)index\.[tj]s$/.test(path) ? [`${path}: no index files`] : []),
    ...(/\bexport\s*\*/.test(code) ? [`${path}: no export *`] : []),
  ])
}

/** Product files that no entry point reaches, and test helpers that no test reaches. */
export function unreachable(tree: Tree): string[] {
  const product = reach(tree, ENTRIES, (path) => !path.startsWith('test/') || path === 'test/closing-line.ts')
  const tests = [...tree.keys()].filter((path) => path.endsWith('.test.ts'))
  const all = reach(tree, [...ENTRIES, ...tests], () => true)
  return [...tree.keys()].filter((path) => (isProduct(path) ? !product.has(path) : !all.has(path)))
}

/** Files that grew past what can be read in one go. */
export function longFiles(tree: Tree): string[] {
  return [...tree.values()].flatMap(({ path, text }) => {
    const lines = text.split('\n').length
    const max = path.startsWith('test/') ? TEST_LINES_MAX : PRODUCT_LINES_MAX
    if (Object.hasOwn(LONG, path)) return lines > max ? [] : [`${path}: needs no exception, ${lines} lines`]
    return lines > max ? [`${path}: ${lines} lines, at most ${max}`] : []
  })
}

/** Blocks of significant lines that stand twice in the product: one of them should be a function. */
export function copiedBlocks(tree: Tree): string[] {
  const seen = new Map<string, { path: string; line: number }>()
  const found: string[] = []
  for (const file of tree.values()) {
    if (!isProduct(file.path)) continue
    const lines = significantLines(file)
    let copiedUntil = 0
    for (let at = 0; at + COPIED_LINES_MIN <= lines.length; at++) {
      const block = lines.slice(at, at + COPIED_LINES_MIN)
      const key = block.map(({ text }) => text).join('\n')
      const first = seen.get(key)
      if (first === undefined) seen.set(key, { path: file.path, line: block[0]!.line })
      else if (at >= copiedUntil) {
        found.push(`${file.path}:${block[0]!.line} repeats ${first.path}:${first.line}`)
        copiedUntil = at + COPIED_LINES_MIN
      }
    }
  }
  return found
}

function reach(tree: Tree, entries: readonly string[], follow: (path: string) => boolean): Set<string> {
  const reached = new Set<string>()
  const waiting = entries.filter((path) => tree.has(path))
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    for (const { target } of tree.get(path)!.imports) if (target !== null && follow(target)) waiting.push(target)
  }
  return reached
}

/** Without imports, comments, blank lines and lone brackets, which resemble each other everywhere. */
function significantLines({ text, code }: SourceFile): { text: string; line: number }[] {
  const blanked = code.split('\n')
  let inImport = false
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.trim()
    if (/^import\b/.test(line)) inImport = true
    const skip = inImport || !/\w/.test(blanked[index]!)
    if (inImport && /['"];?$/.test(line)) inImport = false
    return skip ? [] : [{ text: line, line: index + 1 }]
  })
}
