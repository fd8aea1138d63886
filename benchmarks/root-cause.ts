import { seeded } from '../models/math/random.ts'
import { explain } from '../models/root-cause/explain.ts'
import type { Bench, Benchmark } from './benchmark.ts'
import { adtributor } from './root-cause/adtributor.ts'
import { aggregateScan } from './root-cause/aggregate-scan.ts'
import { classMacroF1 } from './root-cause/draw-situation.ts'
import { type Case, drawCase, type Element, KINDS } from './root-cause/generate.ts'
import { riskloc } from './root-cause/riskloc.ts'
import { f1, f1WithInterval, type Hits, hitsOf } from './root-cause/score.ts'
import { percentile, rounded } from './support/statistics.ts'

/** Root causes in generated cubes: exactly the injected attribute combinations, or they do not count. */
export const rootCause: Benchmark = {
  name: 'root-cause',
  about:
    'root causes in generated cubes: F1 of exact attribute combinations, ours and of RiskLoc, Adtributor and a scan',
  sizes: { runs: 100 },
  smoke: { runs: 2 },
  goals: [
    { figure: 'mixed_f1', at_least: 0.8 },
    { figure: 'leaves_f1', at_least: 0.85 },
    { figure: 'p95_ms', at_most: 100 },
  ],
  shows: [
    'mixed_f1_low',
    'leaves_f1_low',
    'p50_ms',
    'max_ms',
    'class_macro_f1',
    'riskloc_mixed_f1',
    'riskloc_leaves_f1',
  ],
  async run(bench) {
    const times: number[] = []
    // The compiler's own time is no case's: what is measured is a process that has explained something before.
    for (let k = 0; k < 5; k++) ours(drawCase(KINDS.mixed, seeded(WARM_UP_SEED, k)))
    const mixed = measure(bench, 'mixed', times)
    const leaves = measure(bench, 'leaves', times)
    return {
      ...mixed,
      ...leaves,
      p50_ms: rounded(percentile(times, 50)),
      p95_ms: rounded(percentile(times, 95)),
      max_ms: rounded(percentile(times, 100)),
      class_macro_f1: rounded(classMacroF1(bench.size('runs'), SEED), 3),
    }
  },
}

/** Of cases that nothing was ever tuned on. */
const SEED = 20_261_123
const WARM_UP_SEED = 1

const REFERENCES: Readonly<Record<string, (cube: Case['cube']) => Element[]>> = {
  riskloc,
  adtributor,
  aggregate_scan: aggregateScan,
}

function measure(bench: Bench, kind: keyof typeof KINDS, times: number[]) {
  const hits: Hits[] = []
  const others = Object.fromEntries(Object.keys(REFERENCES).map((name) => [name, [] as Hits[]]))
  for (let k = 0; k < bench.size('runs'); k++) {
    bench.signal.throwIfAborted()
    const one = drawCase(KINDS[kind], seeded(SEED, k))
    const begun = performance.now()
    const found = ours(one)
    times.push(performance.now() - begun)
    hits.push(hitsOf(found, one.causes))
    for (const [name, find] of Object.entries(REFERENCES)) others[name]!.push(hitsOf(find(one.cube), one.causes))
  }
  const score = f1WithInterval(hits, seeded(SEED, -1))
  const sum = (name: keyof Hits) => hits.reduce((total, one) => total + one[name], 0)
  bench.say(`${kind}: ${sum('right')} right, ${sum('wrong')} wrong, ${sum('missed')} missed`)
  return {
    [`${kind}_f1`]: rounded(score.f1, 3),
    [`${kind}_f1_low`]: rounded(score.low, 3),
    [`${kind}_f1_high`]: rounded(score.high, 3),
    ...Object.fromEntries(Object.entries(others).map(([name, cases]) => [`${name}_${kind}_f1`, rounded(f1(cases), 3)])),
  }
}

function ours({ cube }: Case): Element[] {
  return explain(cube).causes.map(({ set }) =>
    cube.dimensions.map(({ name, values }) => (set[name] === undefined ? -1 : values.indexOf(set[name]))),
  )
}
