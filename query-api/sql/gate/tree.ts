import { Refusal } from './refusal.ts'

/**
 * A line of `EXPLAIN QUERY TREE run_passes = 0` with what is below it. A node has an id (`FUNCTION id: 5, …`), a section
 * groups nodes (`ARGUMENTS`).
 */
export type TreeNode = {
  readonly kind: string
  /** null for a section. */
  readonly id: number | null
  /** The rest of the line: `alias: c, function_name: count, …`; of a section, what follows its name. */
  readonly rest: string
  readonly children: readonly TreeNode[]
}

/**
 * Reads the listing that the engine's parser gives of a statement.
 *
 * Nodes are numbered in the order of their lines, and a list says how many nodes it has: both are checked, so that a line
 * that came out of a text of the statement cannot pass for one of the engine's.
 *
 * @throws Refusal when the listing is not one
 */
export function readTree(lines: readonly string[]): TreeNode {
  const root: Open = { kind: '', id: null, rest: '', children: [] }
  const path: Open[] = [root]
  let ids = 0
  for (const line of lines) {
    const match = LINE.exec(line)
    if (match === null) throw unreadable()
    const depth = match[1]!.length / 2 + 1
    if (!Number.isInteger(depth) || depth > path.length) throw unreadable()
    const node = open(match[2]!)
    if (node.id !== null && node.id !== ids++) throw unreadable()
    path.length = depth
    path.at(-1)!.children.push(node)
    path.push(node)
  }
  const [top, ...more] = root.children
  if (top === undefined || more.length > 0) throw unreadable()
  checkLists(top)
  return top
}

type Open = TreeNode & { readonly children: Open[] }

const LINE = /^( *)(\S.*)$/
const NODE = /^([A-Z][A-Z_ ]*?) id: (\d+)(?:, (.*))?$/
/** What is sorted by an alias is listed with it, whatever its letters: `EXPRESSION TABLE_TYPE`. */
const EXPRESSION = /^(EXPRESSION)(?: (.*))?$/
const SECTION = /^([A-Z][A-Z_]*(?: [A-Z][A-Z_]*)*)(?: (.*))?$/

function open(text: string): Open {
  const node = NODE.exec(text)
  if (node !== null) return { kind: node[1]!, id: Number(node[2]), rest: node[3] ?? '', children: [] }
  const section = EXPRESSION.exec(text.trimEnd()) ?? SECTION.exec(text.trimEnd())
  if (section === null) throw unreadable()
  return { kind: section[1]!, id: null, rest: section[2] ?? '', children: [] }
}

function checkLists(node: TreeNode): void {
  if (node.kind === 'LIST' && node.rest !== `nodes: ${node.children.length}`) throw unreadable()
  for (const child of node.children) checkLists(child)
}

function unreadable(): Refusal {
  return new Refusal('the statement has a form that is not known here')
}
