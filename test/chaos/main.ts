/** `npm run chaos`, and `-- --seed N --faults N --log embedded|kafka --out FILE` for one run. README.md tells the rest. */

import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { followLauncher } from '../../bin/follow-launcher.ts'
import { systemClock } from '../../pipelines/clock.ts'
import { DAY_MS } from '../../schemas/zone.ts'
import { whyNoBroker } from '../support/kafka-broker.ts'
import { FAULTS_A_RUN, type LongOutcome, runLong } from './long.ts'
import type { LogKind } from './plan.ts'
import { longTableOf, tableOf } from './report.ts'
import { type Outcome, runChaos } from './run.ts'

const HELP = `npm run --silent chaos                  the long form: three seeds over both logs, ${2 * 3 * FAULTS_A_RUN} faults
npm run --silent chaos -- --log KIND …   one run

  --log KIND   embedded or kafka; without it the long form
  --seed N     what is sent and what is done, and when (default 1; the long form takes N, N + 1 and N + 2)
  --faults N   how many faults a run (default 50; ${FAULTS_A_RUN} in the long form)
  --day N      days since 1970 that the load ends before (default: today)
  --out FILE   where the result goes, as JSON
`

const FINDINGS_MAX = 40

followLauncher(process)
const code = await main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  return 1
})
process.exit(code)

/** @returns 0 when all held, 1 when something did not, 2 for wrong use */
async function main(argv: readonly string[]): Promise<number> {
  const options = read(argv)
  if (typeof options === 'number') return options
  const { log, out, ...run } = options
  const ok = log === undefined ? await long(run, out) : await single({ ...run, log }, out)
  return ok ? 0 : 1
}

async function single({ faults = 50, ...run }: Run & { readonly log: LogKind }, out: string | undefined) {
  const outcome = await runChaos({ ...run, faults, say: tell })
  await write(fileOf(outcome), out)
  complain(outcome.findings)
  process.stderr.write(tableOf(outcome))
  return outcome.ok
}

async function long({ faults = FAULTS_A_RUN, ...run }: Run, out: string | undefined) {
  const shown = (outcome: LongOutcome) => ({ ...outcome, runs: outcome.runs.map(fileOf) })
  const ended = async (sofar: LongOutcome) => {
    if (out !== undefined) await write(shown(sofar), out)
    complain(sofar.runs.at(-1)?.findings ?? [])
  }
  const outcome = await runLong({ ...run, faults, say: tell, ended })
  if (out === undefined) await write(shown(outcome), out)
  process.stderr.write(longTableOf(outcome))
  return outcome.ok
}

type Run = { readonly seed: number; readonly faults: number | undefined; readonly end_day: number }

function fileOf({ seed, log, faults, events, lost, doubled, wrong_windows, ok }: Outcome) {
  return { seed, log, faults, events, lost, doubled, wrong_windows, ok }
}

async function write(result: object, out: string | undefined): Promise<void> {
  const text = `${JSON.stringify(result)}\n`
  if (out === undefined) process.stdout.write(text)
  else await writeFile(out, text)
}

function complain(findings: readonly string[]): void {
  for (const finding of findings.slice(0, FINDINGS_MAX)) tell(finding)
  if (findings.length > FINDINGS_MAX) tell(`… and ${findings.length - FINDINGS_MAX} more`)
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}

function read(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        seed: { type: 'string', default: '1' },
        faults: { type: 'string' },
        log: { type: 'string' },
        day: { type: 'string', default: String(Math.floor(systemClock() / DAY_MS)) },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(HELP)
      return 0
    }
    const { log, out } = values
    if (log !== undefined && log !== 'embedded' && log !== 'kafka') throw new TypeError(`no log "${log}"`)
    const absent = log === 'embedded' ? null : whyNoBroker()
    if (absent !== null) throw new TypeError(`no Apache Kafka here: ${absent}`)
    const faults = values.faults === undefined ? undefined : natural(values.faults)
    return { seed: natural(values.seed), faults, end_day: natural(values.day), log: log as LogKind | undefined, out }
  } catch (error) {
    tell(`${(error as Error).message}\n${HELP.trimEnd()}`)
    return 2
  }
}

function natural(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new TypeError(`"${text}" is not a whole number`)
  return Number(text)
}
