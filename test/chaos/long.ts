import type { LogKind } from './plan.ts'
import { quantile } from './report.ts'
import { type Outcome, runChaos } from './run.ts'

/** Seeds of the long form, one after another from the first. */
const SEEDS = 3

/** Over three seeds and both logs: 504 faults. */
export const FAULTS_A_RUN = 84

/** What came of all runs of the long form. */
export type LongOutcome = {
  readonly runs: readonly Outcome[]
  readonly faults: number
  readonly events: number
  readonly lost: number
  readonly doubled: number
  readonly wrong_windows: number
  readonly alerts: number
  readonly recovered_p50_ms: number
  readonly recovered_p99_ms: number
  readonly ok: boolean
}

/**
 * Three seeds over both logs, one run after another.
 *
 * A run that breaks off is one that did not hold: the others go on, since each tells something of its own.
 *
 * @param ended - told after each run, so that what was found is kept though a later one be stopped
 */
export async function runLong(options: {
  readonly seed: number
  readonly faults: number
  readonly end_day: number
  readonly say: (text: string) => void
  readonly ended: (sofar: LongOutcome) => Promise<void>
}): Promise<LongOutcome> {
  const runs: Outcome[] = []
  for (let n = 0; n < SEEDS; n++) {
    for (const log of ['embedded', 'kafka'] as const) {
      runs.push(await oneRun({ ...options, seed: options.seed + n, log }))
      await options.ended(summed(runs))
    }
  }
  return summed(runs)
}

async function oneRun(options: Parameters<typeof runChaos>[0] & { readonly log: LogKind }): Promise<Outcome> {
  const { seed, log, faults, end_day, say } = options
  try {
    return await runChaos({ seed, log, faults, end_day, say })
  } catch (error) {
    const findings = [`broke off: ${(error as Error).message}`]
    const nothing = { events: 0, lost: 0, doubled: 0, wrong_windows: 0, looks: 0, alerts: 0, ok: false }
    return { seed, log, faults: [], end_day, ...nothing, findings }
  }
}

function summed(runs: readonly Outcome[]): LongOutcome {
  const times = runs.flatMap(({ faults }) => faults.map(({ recovered_ms }) => recovered_ms))
  const sum = (of: (run: Outcome) => number) => runs.reduce((total, run) => total + of(run), 0)
  return {
    runs,
    faults: times.length,
    events: sum(({ events }) => events),
    lost: sum(({ lost }) => lost),
    doubled: sum(({ doubled }) => doubled),
    wrong_windows: sum(({ wrong_windows }) => wrong_windows),
    alerts: sum(({ alerts }) => alerts),
    recovered_p50_ms: quantile(times, 0.5) ?? 0,
    recovered_p99_ms: quantile(times, 0.99) ?? 0,
    ok: runs.every(({ ok }) => ok),
  }
}
