/** Wrong use: an unknown flag, a missing argument, a setting that cannot be. Printed line by line, exit code 2. */
export class UsageError extends Error {
  readonly problems: readonly string[]

  constructor(problems: string | readonly string[], options?: { cause?: unknown }) {
    const lines = typeof problems === 'string' ? [problems] : problems
    super(lines.join('\n'), options)
    this.name = 'UsageError'
    this.problems = lines
  }
}
