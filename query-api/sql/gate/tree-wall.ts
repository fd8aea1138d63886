import { isAggregate } from './aggregates.ts'
import { FUNCTIONS } from './functions.ts'
import { checkNamedByText, takesNameAsText } from './named-by-text.ts'
import { Named, quoted, Refusal } from './refusal.ts'
import type { TreeNode } from './tree.ts'

/**
 * The second wall: walks the tree that the engine's own parser made of a statement. Every kind of node, every section,
 * every function and every table must be one that is known here; what is unknown is refused, so that nothing a newer
 * engine can say gets through by being new.
 *
 * @param views  tables that may be read, besides the statement's own WITH
 * @param vocabulary  what names mean to the engine
 * @throws Refusal
 */
export function checkTree(top: TreeNode, views: ReadonlySet<string>, vocabulary: Vocabulary): void {
  if (top.kind !== 'QUERY' && top.kind !== 'UNION') throw unknown(top)
  check(top, null, { tables: views, vocabulary, lambdas: lambdasOf(top) })
}

export type Vocabulary = {
  /** Names of all functions of the engine, in lower case. */
  readonly functions: ReadonlySet<string>
}

type Context = {
  /** Names that may be read in this place: the views, and subqueries in WITH of this query and those around it. */
  readonly tables: ReadonlySet<string>
  readonly vocabulary: Vocabulary
  /** Names of lambdas in WITH: `(x -> x + 1) AS f`. */
  readonly lambdas: ReadonlySet<string>
}

function lambdasOf(node: TreeNode): ReadonlySet<string> {
  const alias = node.kind === 'LAMBDA' ? /^alias: ([^,]*)$/.exec(node.rest)?.[1] : undefined
  return new Set([...(alias === undefined ? [] : [alias]), ...node.children.flatMap((child) => [...lambdasOf(child)])])
}

function check(node: TreeNode, parent: TreeNode | null, context: Context): void {
  if (node.id === null) {
    if (!SECTIONS.has(node.kind)) throw unknown(node)
  } else {
    const rule = NODES[node.kind]
    if (rule === undefined) throw unknown(node)
    rule(node, parent, context)
  }
  const inside = node.kind === 'QUERY' ? checkWith(node, context) : context
  for (const child of node.children) if (child.kind !== 'WITH') check(child, node, inside)
}

/**
 * Checks the subqueries in WITH of a query. Each may read those before it, and itself when it is recursive.
 *
 * @returns what the rest of the query may read
 */
function checkWith(query: TreeNode, context: Context): Context {
  let seen = context
  for (const section of query.children) {
    if (section.kind !== 'WITH') continue
    const [list, ...more] = section.children
    if (section.id !== null || list?.kind !== 'LIST' || more.length > 0) throw unknown(section)
    for (const node of list.children) {
      const name = CTE.exec(node.rest)?.[1]
      if (name === undefined || !(node.kind === 'QUERY' || node.kind === 'UNION')) {
        check(node, list, seen)
        continue
      }
      const after = { ...seen, tables: new Set([...seen.tables, name]) }
      check(node, list, RECURSIVE.test(node.rest) ? after : seen)
      seen = after
    }
  }
  return seen
}

const CTE = /(?:^|, )cte_name: ([^,]*)/
const RECURSIVE = /(?:^|, )is_recursive_cte: 1(?:,|$)/

const SECTIONS: ReadonlySet<string> = new Set([
  'WITH',
  'PROJECTION',
  'JOIN TREE',
  'WHERE',
  'GROUP BY',
  'HAVING',
  'WINDOW',
  'QUALIFY',
  'ORDER BY',
  'INTERPOLATE',
  'LIMIT BY LIMIT',
  'LIMIT BY OFFSET',
  'LIMIT BY',
  'LIMIT',
  'OFFSET',
  'QUERIES',
  'ARGUMENTS',
  'PARAMETERS',
  'EXPRESSION',
  'INTERPOLATE_EXPRESSION',
  'TABLE EXPRESSION',
  'LEFT TABLE EXPRESSION',
  'RIGHT TABLE EXPRESSION',
  'JOIN EXPRESSION',
  'JOIN EXPRESSIONS',
  'PARTITION BY',
  'FRAME BEGIN OFFSET',
  'FRAME END OFFSET',
  'FILL FROM',
  'FILL TO',
  'FILL STEP',
  'FILL STALENESS',
  'REPLACEMENTS',
  'REPLACEMENT NAME',
])

type Rule = (node: TreeNode, parent: TreeNode | null, context: Context) => void

const NODES: Readonly<Record<string, Rule>> = {
  QUERY: (node) => {
    for (const [name] of node.rest.matchAll(/\b[a-z_]+(?=:)/g)) if (!QUERY_WORDS.has(name)) throw unknown(node)
  },
  UNION: (node) => {
    for (const [name] of node.rest.matchAll(/\b[a-z_]+(?=:)/g)) if (!QUERY_WORDS.has(name)) throw unknown(node)
  },
  LIST: () => {},
  CONSTANT: () => {},
  SORT: () => {},
  WINDOW: () => {},
  INTERPOLATE: () => {},
  LAMBDA: () => {},
  JOIN: () => {},
  'CROSS JOIN': () => {},
  ARRAY_JOIN: () => {},
  'EXCEPT COLUMN TRANSFORMER': () => {},
  'REPLACE COLUMN TRANSFORMER': () => {},
  'APPLY COLUMN TRANSFORMER': () => {},
  MATCHER: checkMatcher,
  IDENTIFIER: checkIdentifier,
  FUNCTION: checkFunction,
}

const QUERY_WORDS: ReadonlySet<string> = new Set([
  'alias',
  'is_subquery',
  'is_cte',
  'is_recursive_cte',
  'is_recursive_with',
  'cte_name',
  'union_mode',
  'is_distinct',
  'is_limit_with_ties',
  'is_group_by_with_totals',
  'is_group_by_all',
  'is_order_by_all',
  'group_by_type',
])

function checkMatcher({ rest }: TreeNode): void {
  const qualifier = /(?:^|, )qualified_identifier: ([^,]*)/.exec(rest)?.[1]
  if (qualifier?.includes('.')) throw new Refusal(`${quoted(`${qualifier}.*`)}: only tables of this statement`)
}

const IDENTIFIER = /^(?:alias: [^,]*, )?identifier: ([^,]+)$/

function checkIdentifier(node: TreeNode, parent: TreeNode | null, context: Context): void {
  const name = IDENTIFIER.exec(node.rest)?.[1]
  // FINAL and SAMPLE are written behind the name.
  if (name === undefined) throw unknown(node)
  if (parent?.id === null && TABLE_PLACES.has(parent.kind)) {
    // A query without FROM reads this table of one row, in the engine's own words.
    if (name === 'system.one' || context.tables.has(name)) return
    const tables = [...context.tables].join(', ')
    throw new Named(name, `there is no table ${quoted(name)} here: there are ${tables}`, 'unknown_table')
  }
  // Their types and names must stand beside them to be judged.
  if (takesNameAsText(name))
    throw new Named(name, `${quoted(name)} must be called by its name: give the column another name`)
  // An identifier can stand for a function: arrayMap(file, ['/etc/passwd']).
  if (context.vocabulary.functions.has(name.toLowerCase()) && !mayBeCalled(name) && !HARMLESS.has(name.toLowerCase()))
    throw new Named(name, `${quoted(name)} is a function that is not served here: give the column another name`)
}

const TABLE_PLACES: ReadonlySet<string> = new Set([
  'JOIN TREE',
  'TABLE EXPRESSION',
  'LEFT TABLE EXPRESSION',
  'RIGHT TABLE EXPRESSION',
])

/** Functions that say nothing worth hiding even if a name of a column stood for them. */
const HARMLESS: ReadonlySet<string> = new Set(['version', 'database', 'schema', 'revision', 'highlight'])

const FUNCTION =
  /^(?:alias: [^,]*, )?function_name: ([A-Za-z_][A-Za-z0-9_]*), function_type: (?:ordinary|aggregate|window)(?:, nulls_action : (?:IGNORE|RESPECT)_NULLS)?$/

function checkFunction(node: TreeNode, _parent: TreeNode | null, context: Context): void {
  const name = FUNCTION.exec(node.rest)?.[1]
  if (name === undefined) throw unknown(node)
  const own = context.lambdas.has(name) && !context.vocabulary.functions.has(name.toLowerCase())
  if (!own && !mayBeCalled(name)) throw new Named(name, `the function ${quoted(name)} is not served here`)
  const args = argumentsOf(node)
  checkNamedByText(name, args)
  if (IN.has(name.toLowerCase()) && args[1]?.kind === 'IDENTIFIER') {
    const table = IDENTIFIER.exec(args[1].rest)?.[1] ?? '.'
    if (table.includes('.')) throw new Named(table.split('.')[0]!, `${quoted(table)}: only tables of this statement`)
  }
}

/** Whether a function or aggregate function is served. */
export function mayBeCalled(name: string): boolean {
  return FUNCTIONS.has(name.toLowerCase()) || isAggregate(name)
}

const IN: ReadonlySet<string> = new Set(['in', 'notin', 'nullin', 'notnullin'])

function argumentsOf(node: TreeNode): readonly TreeNode[] {
  return node.children.find(({ kind }) => kind === 'ARGUMENTS')?.children[0]?.children ?? []
}

function unknown({ kind, rest }: TreeNode): Refusal {
  const what = kind === 'TABLE_FUNCTION' ? `table functions (${/table_function_name: (\w+)/.exec(rest)?.[1]})` : kind
  return new Refusal(`${what} cannot be used here`)
}
