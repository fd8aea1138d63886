import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Bench, Benchmark, Figures } from '../../benchmarks/benchmark.ts'
import { runBenchmark } from '../../benchmarks/run.ts'

function benchmark(run: (bench: Bench) => Promise<Figures>): Benchmark {
  const goals = [
    { figure: 'seconds', at_most: 60 },
    { figure: 'ratio', at_least: 0.5 },
  ]
  return { name: 'sample', about: '', sizes: { events: 7 }, smoke: {}, goals, shows: [], run }
}

const quiet = { say: () => undefined, signal: new AbortController().signal }

test('a report has figures, goals judged by them, sizes, machine and commit', async () => {
  const sample = benchmark(async (bench) => ({ seconds: 60, ratio: 0.4, events: bench.size('events') }))
  expect(await runBenchmark(sample, { events: 3 }, quiet)).toMatchObject({
    benchmark: 'sample',
    seconds: 60,
    events: 3,
    sizes: { events: 3 },
    goals: [
      { figure: 'seconds', value: 60, at_most: 60, at_least: null, met: true },
      { figure: 'ratio', value: 0.4, at_most: null, at_least: 0.5, met: false },
    ],
    machine: { cores: expect.any(Number), node: process.versions.node },
  })
})

test('what could not be measured has not met its goal; a forgotten figure is an error', async () => {
  const absent = await runBenchmark(
    benchmark(async () => ({ seconds: null, ratio: 0.5 })),
    {},
    quiet,
  )
  expect(absent.goals.map(({ met }) => met)).toEqual([false, true])
  const forgotten = benchmark(async () => ({ seconds: 1 }))
  await expect(runBenchmark(forgotten, {}, quiet)).rejects.toThrow('there is no figure ratio')
})

test.each(['fails', 'is stopped'])('its folder is gone and its clean-up done when it %s', async (how) => {
  const stop = new AbortController()
  let dir = ''
  let cleaned = false
  const sample = benchmark(async (bench) => {
    dir = bench.dir
    bench.cleanup.defer(() => {
      cleaned = true
    })
    await writeFile(join(dir, 'file'), 'x')
    if (how === 'fails') throw new Error('fails')
    stop.abort(new Error('is stopped'))
    return new Promise(() => {})
  })
  await expect(runBenchmark(sample, {}, { ...quiet, signal: stop.signal })).rejects.toThrow(how)
  expect(cleaned).toBe(true)
  expect(dir).not.toBe('')
  expect(existsSync(dir)).toBe(false)
})
