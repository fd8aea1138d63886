import { expect, test } from 'vitest'
import { anomaly } from '../../benchmarks/anomaly.ts'
import { runBenchmark } from '../../benchmarks/run.ts'
import { sharedData } from '../support/shared-data.ts'

/**
 * How well the detector does on the benchmark's files is a property that a change must not lose. How fast is left to a
 * quiet machine, and shares of 1 in 10,000 to runs of more than the smoke size.
 */
const quality = ['nab_standard', 'nab_low_fp', 'nab_standard_other_categories', 'event_f1', 'state_bytes']
const data = sharedData('the goals of the anomaly benchmark')

test.skipIf(data === undefined)('the detector meets its goals', { timeout: 120_000 }, async () => {
  const report = await runBenchmark(anomaly, anomaly.smoke, { say: () => {}, signal: new AbortController().signal })
  const missed = report.goals.filter(({ figure, met }) => quality.includes(figure) && !met)
  expect(missed).toEqual([])
  expect(report.goals.map(({ figure }) => figure)).toEqual(expect.arrayContaining(quality))
})
