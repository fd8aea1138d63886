/**
 * An error for the person at the terminal: its message and the chain of causes. What cannot come from outside (a
 * TypeError, say) is our own mistake and shows its stack.
 */
export function describeError(error: unknown, seen: ReadonlySet<unknown> = new Set()): string[] {
  if (!(error instanceof Error)) return [String(error)]
  const lines = (isOurMistake(error) && error.stack) || messageOf(error)
  const known = new Set([...seen, error])
  if (error.cause === undefined || known.has(error.cause)) return lines.split('\n')
  const [first, ...rest] = describeError(error.cause, known)
  return [...lines.split('\n'), `caused by ${first}`, ...rest]
}

/** A failed connect is one error over several, and empty itself. */
function messageOf(error: Error): string {
  const inner = error instanceof AggregateError ? error.errors.map((one) => describeError(one)[0]) : []
  return [error.message, ...inner].filter((part) => part !== '').join('; ') || error.name
}

function isOurMistake(error: Error): boolean {
  // Network and file errors of Node carry a code; so do its argument errors, which are ours all the same.
  const { code } = error as NodeJS.ErrnoException
  if (typeof code === 'string' && !code.startsWith('ERR_INVALID_ARG')) return false
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind)
}
