import { systemClock } from '../../pipelines/clock.ts'
import { DAY_MS } from '../../schemas/zone.ts'
import type { LogKind } from './plan.ts'
import { tableOf } from './report.ts'
import { type Outcome, runChaos } from './run.ts'

/** The same harness as `npm run chaos`, with few faults of one seed. The table of a run that failed goes to stderr. */
export async function shortForm(log: LogKind, faults: number): Promise<Outcome> {
  const lines: string[] = []
  const end_day = Math.floor(systemClock() / DAY_MS)
  const options = { seed: SEED, log, faults, end_day, say: (text: string) => void lines.push(text) }
  const outcome = await runChaos(options).catch((error: Error) => {
    process.stderr.write(`${lines.join('\n')}\n`)
    throw error
  })
  if (!outcome.ok) process.stderr.write(`${lines.join('\n')}\n${tableOf(outcome)}`)
  return outcome
}

const SEED = 1
