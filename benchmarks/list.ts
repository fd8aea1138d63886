import { alertLatency } from './alert-latency.ts'
import { anomaly } from './anomaly.ts'
import type { Benchmark } from './benchmark.ts'
import { bi } from './bi.ts'
import { collector } from './collector.ts'
import { detection } from './detection.ts'
import { fatigue } from './fatigue.ts'
import { gate } from './gate.ts'
import { importing } from './import.ts'
import { latency } from './latency.ts'
import { log } from './log.ts'
import { ltv } from './ltv.ts'
import { nexmark } from './nexmark.ts'
import { query } from './query.ts'
import { recovery } from './recovery.ts'
import { replayedYear } from './replayed-year.ts'
import { rootCause } from './root-cause.ts'
import { serving } from './serving.ts'
import { soak } from './soak.ts'
import { stages } from './stages.ts'
import { startup } from './startup.ts'
import { steady } from './steady.ts'
import { ysb } from './ysb.ts'
import { ysbScale } from './ysb-scale.ts'
import { ysbStages } from './ysb-stages.ts'

/** Every benchmark, in the order in which `all` runs them and the table shows them. */
export const BENCHMARKS: readonly Benchmark[] = [
  startup,
  importing,
  stages,
  steady,
  latency,
  alertLatency,
  query,
  serving,
  gate,
  bi,
  collector,
  log,
  anomaly,
  detection,
  ltv,
  fatigue,
  replayedYear,
  recovery,
  soak,
  rootCause,
  ysb,
  ysbStages,
  ysbScale,
  nexmark,
]
