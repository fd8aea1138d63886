/**
 * Ends what outlives its limit of time. The engine looks at its clock and at KILL between blocks only, so a single call
 * of a function over one block can go on for minutes, holding one of the few places and a processor. `onOverdue` is
 * called for a statement that runs for `grace_ms` longer than its own `max_execution_time` while this process was
 * busy for half of that: on a machine that gives it no processor, everything is late and nothing is wrong.
 *
 * @param settings  of the statement; without `max_execution_time` it may run as long as it likes
 * @param ended     settles when the statement has ended
 * @param cpu_ms    processor time of this process so far
 */
export function watchOverdue(
  { settings, grace_ms, ended }: Watched,
  onOverdue: (limit_s: number) => void,
  cpu_ms: () => number = ofThisProcess,
): void {
  const limit_s = Number(settings.get('max_execution_time') ?? 0)
  if (!(limit_s > 0)) return
  let timer = setTimeout(() => {
    const before_ms = cpu_ms()
    const look = (): void => {
      if (cpu_ms() - before_ms >= grace_ms / 2) onOverdue(limit_s)
      else timer = setTimeout(look, grace_ms)
    }
    timer = setTimeout(look, grace_ms)
  }, limit_s * 1_000)
  const done = (): void => clearTimeout(timer)
  ended.then(done, done)
}

export type Watched = {
  readonly settings: ReadonlyMap<string, string>
  readonly grace_ms: number
  readonly ended: Promise<unknown>
}

function ofThisProcess(): number {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1_000
}
