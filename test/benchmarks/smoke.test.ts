import { expect, test } from 'vitest'
import { BENCHMARKS } from '../../benchmarks/list.ts'
import { runBenchmark } from '../../benchmarks/run.ts'

/** Each benchmark once, as small as it goes. Its figures are worth nothing here; that it has them is. */
test.each(BENCHMARKS)('$name measures', { timeout: 120_000 }, async (benchmark) => {
  const said: string[] = []
  const signal = new AbortController().signal
  const report = await runBenchmark(benchmark, benchmark.smoke, { say: (text) => said.push(text), signal })
  expect(report).toMatchObject({ benchmark: benchmark.name, sizes: benchmark.smoke })
  expect(report.goals).toHaveLength(benchmark.goals.length)
  // Without a broker the figures of Kafka are null, and the report says why.
  const isAbsent = (figure: string) => typeof report.kafka_absent === 'string' && figure.includes('_kafka')
  for (const { figure, value } of report.goals)
    expect(value, figure).toEqual(isAbsent(figure) ? null : expect.any(Number))
  for (const figure of benchmark.shows) expect(report, figure).toHaveProperty(figure)
  // What is printed is what is meant: no NaN, no undefined.
  expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  expect(said.filter((line) => !line.startsWith(`${benchmark.name}: `))).toEqual([])
})
