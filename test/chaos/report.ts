import type { Outcome } from './run.ts'

/** The outcome for a reader: faults by kind with their recoveries, then what was lost. */
export function tableOf(outcome: Outcome): string {
  const kinds = new Map<string, number[]>()
  for (const { kind, recovered_ms } of outcome.faults) kinds.set(kind, [...(kinds.get(kind) ?? []), recovered_ms])
  const rows = [...kinds].sort(([a], [b]) => a.localeCompare(b)).map(([kind, times]) => rowOf(kind, times))
  const all = rowOf(
    'all',
    outcome.faults.map(({ recovered_ms }) => recovered_ms),
  )
  const head = ['fault', 'times', 'recovered p50 ms', 'p99 ms', 'max ms']
  const lines = [head, ...rows, all].map((cells) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(20) : cell.padStart(head[column]!.length + 2))).join(''),
  )
  const { doubled, events, log, looks, lost, ok, seed, wrong_windows } = outcome
  return [
    '',
    ...lines,
    '',
    `seed ${seed}, ${log}: ${events} events, lost ${lost}, doubled ${doubled}, wrong windows ${wrong_windows}, versions looked at ${looks} times: ${ok ? 'all held' : 'NOT ALL HELD'}`,
    '',
  ].join('\n')
}

function rowOf(kind: string, times: readonly number[]): string[] {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => String(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? '-')
  return [kind, String(times.length), at(0.5), at(0.99), at(1)]
}
