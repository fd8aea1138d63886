import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Bench, Benchmark } from './benchmark.ts'
import { median, rounded } from './support/statistics.ts'
import { machineRate } from './ysb/machine-rate.ts'
import { measureYsb } from './ysb/measure.ts'
import { type Input, prepareInput } from './ysb/source.ts'

/** What a second core brings, and whether an event costs the same when there are many before it. */
export const ysbScale: Benchmark = {
  name: 'ysb-scale',
  about:
    'Yahoo Streaming Benchmark with facts, embedded: all processes pinned to one core and to two, by turns; and ' +
    'processor time per event of a run of 50 million against one of a million',
  sizes: { events: 50_000_000, runs: 3 },
  smoke: { events: 8_000, runs: 1 },
  goals: [
    { figure: 'two_cores_ratio', at_least: 1.7 },
    { figure: 'cost_ratio', at_most: 1.1 },
    { figure: 'rss_peak_mb_engine', at_most: 600 },
  ],
  shows: [
    'machine_two_cores_ratio',
    'events_per_s_one_core',
    'events_per_s_two_cores',
    'cpu_us_per_event_few',
    'cpu_us_per_event_many',
  ],
  async run(bench) {
    const events = Math.min(FEW, Math.ceil(bench.size('events') / 8))
    const few = await inputOf(bench, 'few', events)
    // A second is for compiling, which one core does as well as two: seconds enough to be about the rest.
    const cores = await byCores(
      bench,
      await inputOf(bench, 'cores', Math.min(SOME, Math.ceil(bench.size('events') / 2))),
    )
    const small = await cost(bench, few, 'few')
    const large = await cost(bench, await inputOf(bench, 'many', bench.size('events')), 'many')
    return {
      ...cores,
      events_few: events,
      cpu_us_per_event_few: small.us,
      cpu_us_per_event_many: large.us,
      cost_ratio: rounded(large.us / small.us, 3),
      rss_peak_mb_engine: large.rss_peak_mb_engine,
      events_per_s_many: large.events_per_s,
    }
  },
}

const FEW = 1_000_000
const SOME = 4_000_000
/** Of the processes that only decode: about as long as the engine takes for its events. */
const PASS_EVENTS = 20_000

function inputOf(bench: Bench, name: string, events: number): Promise<Input> {
  return prepareInput(bench, { kind: 'embedded', dir: join(bench.dir, name) }, { kind: 'own', events })
}

/** By turns, so that a slow minute of the machine falls on both. */
async function byCores(bench: Bench, input: Input) {
  const rates = { one: [] as number[], two: [] as number[] }
  const machine = { one: [] as number[], two: [] as number[] }
  const passes = Math.ceil(input.events / PASS_EVENTS)
  for (let run = 0; run < bench.size('runs'); run++) {
    for (const [name, cpus] of [
      ['one', '0'],
      ['two', '0,1'],
    ] as const) {
      const rate = await pinned(cpus, () => drain(bench, input, `cores: ${name}`))
      if (rate === undefined) {
        bench.say('NOT RUN: processes cannot be pinned to cores here (taskset of Linux is missing)')
        return {
          two_cores_ratio: null,
          machine_two_cores_ratio: null,
          events_per_s_one_core: null,
          events_per_s_two_cores: null,
        }
      }
      rates[name].push(rate.events_per_s)
      machine[name].push((await pinned(cpus, () => machineRate(passes)))!)
    }
  }
  const [one, two] = [median(rates.one), median(rates.two)]
  return {
    two_cores_ratio: rounded(two / one, 2),
    machine_two_cores_ratio: rounded(median(machine.two) / median(machine.one), 2),
    events_per_s_one_core: one,
    events_per_s_two_cores: two,
  }
}

async function cost(bench: Bench, input: Input, name: string) {
  const { cpu_us_per_event, events_per_s, rss_peak_mb_engine } = await drain(bench, input, name)
  const { engine, store } = cpu_us_per_event
  if (engine === null || store === null) throw new Error('the processor time of the processes cannot be read here')
  return { us: rounded(engine + store, 2), events_per_s, rss_peak_mb_engine }
}

function drain(bench: Bench, input: Input, name: string) {
  return measureYsb(bench, input, { name, runs: 1, facts: true, strict: true })
}

/** Pins this process, and with it every process that it starts meanwhile. @returns undefined where that is not possible */
async function pinned<T>(cpus: string, work: () => Promise<T>): Promise<T | undefined> {
  const pin = (list: string) => promisify(execFile)('taskset', ['-a', '-c', '-p', list, String(process.pid)])
  const before = await pin(cpus).catch(() => undefined)
  if (before === undefined) return undefined
  try {
    return await work()
  } finally {
    await pin(/list: (\S+)/.exec(before.stdout)?.[1] ?? '0')
  }
}
