import { BENCHMARKS } from '../../benchmarks/list.ts'
import { isOfStreams, smoke } from './support/smoke.ts'

smoke(
  BENCHMARKS.filter((benchmark) => !isOfStreams(benchmark)),
  { kafka: false },
)
