import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Benchmark,
  type Options,
  type Range,
  type Report,
  type SizeName,
  type Sizes,
  TEXT_OPTIONS,
} from '../../benchmarks/benchmark.ts'
import { BENCHMARKS } from '../../benchmarks/list.ts'
import { RESULTS, readResults, withTable } from '../../benchmarks/results.ts'
import { runBenchmark } from '../../benchmarks/run.ts'
import type { CommandContext, Flags } from '../command.ts'
import { integer, isOn, text } from '../flags.ts'
import { didYouMean } from '../suggest.ts'
import { UsageError } from '../usage-error.ts'

/**
 * `omnify bench NAME …`: runs benchmarks one after the other. Each prints one line of JSON on stdout and, with
 * `--record`, writes it to `benchmarks/results/NAME.json`. `all` runs and records every one; `readme` makes the table of
 * `benchmarks/README.md` from what was recorded.
 *
 * A goal that is missed is a result; an answer that is wrong is a failure (exit code 1).
 */
export async function run({ args, config, flags, signal, stderr, stdout }: CommandContext): Promise<number> {
  if (args.includes('readme')) {
    if (args.length > 1) throw new UsageError('readme stands alone')
    stdout.write(`${JSON.stringify({ results: await writeTable() })}\n`)
    return 0
  }
  const all = args.includes('all')
  const chosen = all ? BENCHMARKS : args.map((name) => narrowedBy(benchmarkOf(name), flags))
  const runs = chosen.map((benchmark) => ({ benchmark, sizes: sizesOf(benchmark, flags, all) }))
  for (const { benchmark, sizes } of runs) {
    const say = (line: string) => void stderr.write(`${line}\n`)
    const report = await runBenchmark(benchmark, sizes, { say, signal, kafka_brokers: config.kafkaBrokers?.join() })
    stdout.write(`${JSON.stringify(report)}\n`)
    if (all || isOn(flags, 'record')) await record(report)
  }
  if (all) await writeTable()
  return 0
}

function benchmarkOf(name: string): Benchmark {
  const found = BENCHMARKS.find((benchmark) => benchmark.name === name)
  if (found !== undefined) return found
  const names = [...BENCHMARKS.map((benchmark) => benchmark.name), 'all', 'readme']
  throw new UsageError(`no benchmark "${name}"; there are ${names.join(', ')}${didYouMean(name, names)}`)
}

/** @throws UsageError for flags that the benchmark does not know, or that do not go together */
function narrowedBy(benchmark: Benchmark, flags: Flags): Benchmark {
  const given = [...TEXT_OPTIONS, 'facts'].filter((name) => flags[name] !== undefined)
  if (given.length === 0) return benchmark
  if (benchmark.narrowed === undefined) throw new UsageError(`${benchmark.name} has no --${given[0]}`)
  if (isOn(flags, 'record')) throw new UsageError(`${benchmark.name} is recorded as a whole, without --${given[0]}`)
  const texts = Object.fromEntries(TEXT_OPTIONS.map((name) => [name, text(flags, name)]))
  try {
    return benchmark.narrowed({ ...texts, facts: isOn(flags, 'facts') } as Options) ?? benchmark
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message)
    throw error
  }
}

/** The benchmark's own sizes, changed by flags. With `all` a size goes to those that have it. */
function sizesOf({ name, ranges, sizes }: Benchmark, flags: Flags, all: boolean): Sizes {
  const out: Partial<Record<SizeName, number>> = { ...sizes }
  for (const [size, range] of Object.entries(RANGES) as [FlagName, Range][]) {
    const own = ranges?.[size]
    const given = integer(flags, size, all ? range : (own ?? range))
    // One number for many benchmarks is none for the one that counts something else.
    if (all && own !== undefined) continue
    if (given === undefined) continue
    if (out[size] !== undefined) out[size] = given
    else if (!all) throw new UsageError(`${name} has no --${size}`)
  }
  return out
}

/** Which sizes are flags. Which world `startup` begins with is none: the goal is for the known one. */
type FlagName = Exclude<SizeName, 'world'>

const RANGES: Readonly<Record<FlagName, Range>> = {
  events: { min: 1_000, max: 100_000_000 },
  seconds: { min: 1, max: 86_400 },
  minutes: { min: 1, max: 10_000 },
  runs: { min: 1, max: 100 },
  rate: { min: 50, max: 1_000_000 },
}

async function record(report: Report): Promise<void> {
  await mkdir(RESULTS, { recursive: true })
  await writeFile(join(RESULTS, `${report.benchmark}.json`), `${JSON.stringify(report, null, 2)}\n`)
}

/** @returns the number of results in the table */
async function writeTable(): Promise<number> {
  const results = await readResults()
  const readme = join(RESULTS, '../README.md')
  await writeFile(readme, withTable(await readFile(readme, 'utf8'), BENCHMARKS, results))
  return results.size
}
