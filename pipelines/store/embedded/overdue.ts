/**
 * Ends what outlives its limit of time. The engine looks at its clock and at KILL between blocks only, so a single call
 * of a function over one block can go on for minutes, holding one of the few places and a processor. When a statement
 * runs for a stated time longer than its own `max_execution_time`, `onOverdue` is called.
 *
 * @param settings  of the statement; without `max_execution_time` it may run as long as it likes
 * @param ended     settles when the statement has ended
 */
export function watchOverdue(
  settings: ReadonlyMap<string, string>,
  grace_ms: number,
  ended: Promise<unknown>,
  onOverdue: (limit_s: number) => void,
): void {
  const limit_s = Number(settings.get('max_execution_time') ?? 0)
  if (!(limit_s > 0)) return
  const timer = setTimeout(() => onOverdue(limit_s), limit_s * 1_000 + grace_ms)
  const done = (): void => clearTimeout(timer)
  ended.then(done, done)
}
