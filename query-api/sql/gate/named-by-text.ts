import { isAggregate } from './aggregates.ts'
import { Named, quoted, type Refusal } from './refusal.ts'
import type { TreeNode } from './tree.ts'
import { isPlainType } from './types.ts'

/**
 * Checks calls of functions that take a type or the name of an aggregate function as a text: `CAST(x, 'Int8')`,
 * `arrayReduce('sum', xs)`. It must stand there as a plain text: one that is computed is not known here.
 *
 * @throws Refusal
 */
export function checkNamedByText(name: string, args: readonly TreeNode[]): void {
  const lower = name.toLowerCase()
  if (TYPED.has(lower) && !isTypeAt(args[1])) throw typeNeeded(name)
  if (TYPED_LAST.has(lower) && args.length > 1 && !isTypeAt(args.at(-1))) throw typeNeeded(name)
  if (REDUCING.has(lower) && !isAggregate(/^\w+/.exec(textOf(args[0]) ?? '')?.[0] ?? ''))
    throw new Named(name, `${quoted(name)} needs the name of an aggregate function that is served here, as a text`)
}

/** Whether a function is one of these: it must not be called without its arguments beside it. */
export function takesNameAsText(name: string): boolean {
  return [TYPED, TYPED_LAST, REDUCING].some((names) => names.has(name.toLowerCase()))
}

/** Their second argument is a type. */
const TYPED: ReadonlySet<string> = new Set([
  'cast',
  '_cast',
  'accuratecast',
  'accuratecastornull',
  'accuratecastordefault',
  'reinterpret',
])
/** The last of their arguments is. */
const TYPED_LAST: ReadonlySet<string> = new Set([
  'jsonextract',
  'jsonextractcaseinsensitive',
  'jsonextractkeysandvalues',
  'jsonextractkeysandvaluescaseinsensitive',
])
const REDUCING: ReadonlySet<string> = new Set(['arrayreduce', 'arrayreduceinranges'])

/** The text of a constant, as it was written. */
function textOf(node: TreeNode | undefined): string | undefined {
  if (node?.kind !== 'CONSTANT') return undefined
  const text = /^(?:alias: [^,]*, )?constant_value: '(.*)', constant_value_type: String$/.exec(node.rest)?.[1]
  return text?.replaceAll(/\\(.)/g, '$1')
}

function isTypeAt(node: TreeNode | undefined): boolean {
  const type = textOf(node)
  return type !== undefined && isPlainType(type)
}

function typeNeeded(name: string): Refusal {
  return new Named(name, `${quoted(name)} needs a plain type, written as a text`)
}
