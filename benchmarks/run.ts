import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../pipelines/clock.ts'
import type { Benchmark, Figures, Goal, GoalReport, Report, Sizes } from './benchmark.ts'
import { commitOf, machine } from './support/machine.ts'

/**
 * Runs one benchmark in an empty temporary folder and removes everything it made, also when it fails or is stopped.
 *
 * @returns its figures with sizes, goals, machine, commit and time: the line that is printed and recorded
 * @throws what the benchmark throws; the signal's reason when it was stopped
 */
export async function runBenchmark(benchmark: Benchmark, sizes: Sizes, surroundings: Surroundings): Promise<Report> {
  const { say, signal } = surroundings
  await using cleanup = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), `omnify-bench-${benchmark.name}-`))
  cleanup.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  const figures = await Promise.race([
    benchmark.run({
      size(name) {
        const size = sizes[name]
        if (size === undefined) throw new RangeError(`${benchmark.name} declares no size ${name}`)
        return size
      },
      dir,
      kafka_brokers: surroundings.kafka_brokers,
      signal,
      say: (text) => say(`${benchmark.name}: ${text}`),
      cleanup,
    }),
    rejectOnAbort(signal),
  ])
  return {
    benchmark: benchmark.name,
    ...figures,
    goals: benchmark.goals.map((goal) => judge(goal, figures)),
    sizes,
    machine: await machine(),
    ...(await commitOf()),
    at: new Date(systemClock()).toISOString(),
  }
}

export type Surroundings = {
  readonly say: (text: string) => void
  readonly signal: AbortSignal
  readonly kafka_brokers?: string | undefined
}

/** @throws RangeError when the benchmark forgot a figure that it has a goal for */
function judge(goal: Goal, figures: Figures): GoalReport {
  const value = figures[goal.figure]
  if (typeof value !== 'number' && value !== null) throw new RangeError(`there is no figure ${goal.figure}`)
  const { at_most = null, at_least = null } = goal as { at_most?: number; at_least?: number }
  const met = value !== null && value <= (at_most ?? Infinity) && value >= (at_least ?? -Infinity)
  return { figure: goal.figure, value, at_most, at_least, met }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
