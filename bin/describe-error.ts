/**
 * An error for the person at the terminal: its message and the chain of causes. What cannot come from outside (a
 * TypeError, say) is our own mistake and shows its stack.
 */
export function describeError(error: unknown): string[] {
  const lines: string[] = []
  const seen = new Set<unknown>()
  for (let current = error, depth = 0; current !== undefined && !seen.has(current); depth++) {
    seen.add(current)
    const lead = depth === 0 ? '' : 'caused by '
    if (!(current instanceof Error)) {
      lines.push(`${lead}${String(current)}`)
      break
    }
    const inner = current instanceof AggregateError ? current.errors.map((one) => describeError(one)[0]) : []
    const message = [current.message, ...inner].filter((part) => part !== '').join('; ')
    lines.push(
      ...(isOurMistake(current) ? (current.stack ?? message) : `${lead}${message || current.name}`).split('\n'),
    )
    current = current.cause
  }
  return lines
}

function isOurMistake(error: Error): boolean {
  // Network and file errors of Node carry a code; so do its argument errors, which are ours all the same.
  const { code } = error as NodeJS.ErrnoException
  if (typeof code === 'string' && !code.startsWith('ERR_INVALID_ARG')) return false
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind)
}
