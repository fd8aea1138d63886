import { expect, test } from 'vitest'
import { anomaly } from '../../benchmarks/anomaly.ts'
import { runBenchmark } from '../../benchmarks/run.ts'
import { sharedData } from '../support/shared-data.ts'

/** How well the detector does is a property that a change must not lose; how fast is left to a quiet machine. */
const quality = anomaly.goals.filter(({ figure }) => figure !== 'points_per_cpu_s').map(({ figure }) => figure)
const data = sharedData('the goals of the anomaly benchmark')

test.skipIf(data === undefined)('the detector meets its goals', { timeout: 120_000 }, async () => {
  const report = await runBenchmark(anomaly, anomaly.smoke, { say: () => {}, signal: new AbortController().signal })
  const missed = report.goals.filter(({ figure, met }) => quality.includes(figure) && !met)
  expect(missed).toEqual([])
})
