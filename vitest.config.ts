import { totalmem } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/**
 * Forks, because the engines hold native state per process. Times within which something must come at all: a machine that
 * does other work needs a minute for what takes a quiet one three seconds, and a test where time is the point says so.
 */
const EVERY = {
  pool: 'forks',
  testTimeout: 180_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 120_000 } },
} as const

/**
 * What starts or kills processes, measures its own, or keeps state of one: such a file has a process to itself. All others
 * share processes that have loaded the modules of the product once: to load them again is half of what most files cost.
 */
const ALONE = [
  'test/{chaos,e2e}/*.test.ts',
  'test/{house,closing-line}.test.ts',
  'test/support/*.test.ts',
  'test/benchmarks/{smoke,smoke-streams,support/usage}.test.ts',
  'test/bin/{ci,fresh-clone,lock-file,main,setup,stop-on-signals}.test.ts',
  'test/bin/commands/detect.test.ts',
  'test/bin/engine/*.test.ts',
  'test/pipelines/log/embedded/{processes,threads}.test.ts',
  'test/pipelines/log/kafka/{contract,faults,membership,patches}.test.ts',
  'test/pipelines/rebuild/kill.test.ts',
  'test/pipelines/runner/fence-restart.test.ts',
  'test/pipelines/store/embedded/*.test.ts',
  'test/pipelines/{tensorflow,thread}/*.test.ts',
]

export default defineConfig({
  test: {
    globalSetup: ['test/support/kafka-global.ts', 'test/support/store-global.ts'],
    // Three leave two cores idle for a seventh of the time, while engines start, brokers elect and frozen processes sleep.
    // With the processes that it starts a worker takes up to 2 GB.
    maxWorkers: totalmem() > 12e9 ? 4 : 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...EVERY, name: 'alone', include: ALONE } },
      { test: { ...EVERY, name: 'together', isolate: false, include: ['test/**/*.test.ts'], exclude: ALONE } },
    ],
  },
})
