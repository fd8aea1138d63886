/** `npm run chaos -- --seed N --faults N --log embedded|kafka --out FILE`. README.md of this folder tells the rest. */

import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { followLauncher } from '../../bin/follow-launcher.ts'
import { systemClock } from '../../pipelines/clock.ts'
import { DAY_MS } from '../../schemas/zone.ts'
import { whyNoBroker } from '../support/kafka-broker.ts'
import type { LogKind } from './plan.ts'
import { tableOf } from './report.ts'
import { runChaos } from './run.ts'

const HELP = `npm run --silent chaos -- [--seed N] [--faults N] [--log embedded|kafka] [--day N] [--out FILE]

  --seed N     what is sent and what is done, and when (default 1)
  --faults N   how many faults (default 50)
  --log KIND   embedded or kafka (default embedded)
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
  const { out, ...run } = options
  const outcome = await runChaos({ ...run, say: (text) => void process.stderr.write(`${text}\n`) })
  const { findings, looks, end_day, ...result } = outcome
  const text = `${JSON.stringify(result)}\n`
  if (out === undefined) process.stdout.write(text)
  else await writeFile(out, text)
  for (const finding of findings.slice(0, FINDINGS_MAX)) process.stderr.write(`${finding}\n`)
  if (findings.length > FINDINGS_MAX) process.stderr.write(`… and ${findings.length - FINDINGS_MAX} more\n`)
  process.stderr.write(tableOf(outcome))
  return outcome.ok ? 0 : 1
}

function read(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        seed: { type: 'string', default: '1' },
        faults: { type: 'string', default: '50' },
        log: { type: 'string', default: 'embedded' },
        day: { type: 'string', default: String(Math.floor(systemClock() / DAY_MS)) },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(HELP)
      return 0
    }
    const [seed, faults, end_day] = [values.seed, values.faults, values.day].map(natural) as [number, number, number]
    if (values.log !== 'embedded' && values.log !== 'kafka') throw new TypeError(`no log "${values.log}"`)
    const absent = values.log === 'kafka' ? whyNoBroker() : null
    if (absent !== null) throw new TypeError(`no Apache Kafka here: ${absent}`)
    return { seed, faults, end_day, log: values.log as LogKind, out: values.out }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${HELP}`)
    return 2
  }
}

function natural(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new TypeError(`"${text}" is not a whole number`)
  return Number(text)
}
