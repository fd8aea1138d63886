import { beforeAll, expect, test } from 'vitest'
import type { Benchmark } from '../../../benchmarks/benchmark.ts'
import { runBenchmark } from '../../../benchmarks/run.ts'
import { kafkaOrSkip } from '../../support/kafka-shared.ts'

/** Those that run processes and stores by the half dozen are a file of their own, for the other worker. */
export function isOfStreams({ name }: Benchmark): boolean {
  return name === 'steady' || name === 'nexmark' || name.startsWith('ysb')
}

/** Each benchmark once, as small as it goes. Its figures are worth nothing here; that it has them is. */
export function smoke(benchmarks: readonly Benchmark[], { kafka }: { readonly kafka: boolean }): void {
  let kafka_brokers: string | undefined
  beforeAll(async () => {
    if (kafka) kafka_brokers = (await kafkaOrSkip('benchmarks on Kafka')) ?? undefined
  })

  test.each(benchmarks)('$name measures', { timeout: 300_000 }, async (benchmark) => {
    const said: string[] = []
    const signal = new AbortController().signal
    const surroundings = { say: (text: string) => said.push(text), signal, kafka_brokers }
    const report = await runBenchmark(benchmark, benchmark.smoke, surroundings)
    expect(report).toMatchObject({ benchmark: benchmark.name, sizes: benchmark.smoke })
    expect(report.goals).toHaveLength(benchmark.goals.length)
    // Without a broker, or cores to pin to, figures are null, and the report or a line says why.
    const isAbsent = (figure: string) => typeof report.kafka_absent === 'string' && figure.includes('_kafka')
    const isUnpinned = (figure: string) => figure === 'two_cores_ratio' && said.some((line) => line.includes('NOT RUN'))
    for (const { figure, value } of report.goals)
      expect(value, figure).toEqual(isAbsent(figure) || isUnpinned(figure) ? null : expect.any(Number))
    for (const figure of benchmark.shows) expect(report, figure).toHaveProperty(figure)
    // What is printed is what is meant: no NaN, no undefined.
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    expect(said.filter((line) => !line.startsWith(`${benchmark.name}: `))).toEqual([])
  })
}
