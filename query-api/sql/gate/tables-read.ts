import type { TreeNode } from './tree.ts'

/**
 * How often a statement reads each view: what stands behind FROM, JOIN and IN, also within what stands there. A subquery
 * in WITH is worked out anew wherever its name stands, so it counts as often; a recursive one reads itself as often as it
 * takes, which nobody knows, and counts once.
 *
 * @param top  the tree of a statement that passed the walls
 */
export function tablesRead(top: TreeNode, views: ReadonlySet<string>): ReadonlyMap<string, number> {
  return readIn(top, new Map([...views].map((name) => [name, new Map([[name, 1]])])))
}

type Reads = ReadonlyMap<string, number>

/** @param known  what reading a name reads, in this place */
function readIn(node: TreeNode, known: ReadonlyMap<string, Reads>): Reads {
  const inside = node.children.some(({ kind }) => kind === 'WITH') ? withNames(node, known) : known
  const reads = new Map<string, number>()
  const add = (more: Reads = NOTHING) => {
    for (const [name, times] of more) reads.set(name, Math.min((reads.get(name) ?? 0) + times, TIMES_MAX))
  }
  for (const child of tablesOf(node)) add(inside.get(nameOf(child)))
  for (const child of node.children) if (child.kind !== 'WITH') add(readIn(child, inside))
  return reads
}

/** What the names of a query's WITH stand for, besides those of the queries around it. */
function withNames(node: TreeNode, known: ReadonlyMap<string, Reads>): ReadonlyMap<string, Reads> {
  const inside = new Map(known)
  for (const section of node.children) {
    if (section.kind !== 'WITH') continue
    for (const query of section.children.flatMap(({ children }) => children)) {
      const name = CTE.exec(query.rest)?.[1]
      if (name !== undefined) inside.set(name, readIn(query, new Map([...inside, [name, NOTHING]])))
    }
  }
  return inside
}

/** Identifiers right below a node that stand for tables. Of a table behind IN nobody can tell it from a column. */
function tablesOf({ children, id, kind, rest }: TreeNode): readonly TreeNode[] {
  if (id === null && PLACES.has(kind)) return children
  if (kind !== 'FUNCTION' || !IN.test(rest)) return []
  const list = children.find((section) => section.kind === 'ARGUMENTS')?.children[0]
  return list?.children.slice(1, 2) ?? []
}

function nameOf({ kind, rest }: TreeNode): string {
  return kind === 'IDENTIFIER' ? (/(?:^|, )identifier: ([^,]+)$/.exec(rest)?.[1] ?? '') : ''
}

const PLACES: ReadonlySet<string> = new Set([
  'JOIN TREE',
  'TABLE EXPRESSION',
  'LEFT TABLE EXPRESSION',
  'RIGHT TABLE EXPRESSION',
])
const IN = /function_name: (?:in|notIn|nullIn|notNullIn),/i
const CTE = /(?:^|, )cte_name: ([^,]*)/
const NOTHING: Reads = new Map()
/** Of subqueries that multiply each other. */
const TIMES_MAX = 1_000_000
