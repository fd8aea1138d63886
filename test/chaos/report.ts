import type { LongOutcome } from './long.ts'
import type { Done } from './recovery.ts'
import type { Outcome } from './run.ts'

/** The outcome for a reader: faults by kind with their recoveries, then what was lost. */
export function tableOf(outcome: Outcome): string {
  return ['', ...timesOf(outcome.faults), '', lineOf(outcome), ''].join('\n')
}

/** All runs of the long form: faults by kind over all of them, a line for each, and the sums. */
export function longTableOf({ runs, faults, events, lost, doubled, wrong_windows, ok }: LongOutcome): string {
  const all = `${faults} faults, ${events} events, lost ${lost}, doubled ${doubled}, wrong windows ${wrong_windows}: `
  const times = timesOf(runs.flatMap((run) => run.faults))
  return ['', ...times, '', ...runs.map(lineOf), `${all}${verdictOf(ok)}`, ''].join('\n')
}

/** The value below which a share of them lies; null for none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

function timesOf(faults: readonly Done[]): string[] {
  const kinds = new Map<string, number[]>()
  for (const { kind, recovered_ms } of faults) kinds.set(kind, [...(kinds.get(kind) ?? []), recovered_ms])
  const rows = [...kinds].sort(([a], [b]) => a.localeCompare(b)).map(([kind, times]) => rowOf(kind, times))
  const all = faults.map(({ recovered_ms }) => recovered_ms)
  const head = ['fault', 'times', 'recovered p50 ms', 'p99 ms', 'max ms']
  return [head, ...rows, rowOf('all', all)].map((cells) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(20) : cell.padStart(head[column]!.length + 2))).join(''),
  )
}

function lineOf({ alerts, doubled, events, faults, log, looks, lost, ok, seed, wrong_windows }: Outcome): string {
  const what = `${faults.length} faults, ${events} events, lost ${lost}, doubled ${doubled}, wrong windows ${wrong_windows}`
  return `seed ${seed}, ${log}: ${what}, ${alerts} revisions of alerts, versions looked at ${looks} times: ${verdictOf(ok)}`
}

const verdictOf = (ok: boolean) => (ok ? 'all held' : 'NOT ALL HELD')

function rowOf(kind: string, times: readonly number[]): string[] {
  const at = (share: number) => String(quantile(times, share) ?? '-')
  return [kind, String(times.length), at(0.5), at(0.99), at(1)]
}
