import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/** Forks, because the engines hold native state per process. */
const EVERY = { pool: 'forks', testTimeout: 60_000, hookTimeout: 60_000 } as const

/**
 * Files that need no process to themselves run in ones that have loaded the modules of the product once: to load them
 * again is half of what most of these files cost. Not so what starts or kills processes, or measures its own.
 */
const TOGETHER = ['schemas', 'models', 'ingest', 'query-api', 'pipelines/{facts,windows,scan,detect,forecast}'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
)

export default defineConfig({
  test: {
    globalSetup: ['test/support/kafka-global.ts', 'test/support/store-global.ts'],
    // CI machines have two cores; two workers leave them idle for a quarter of the time, while engines start and
    // brokers elect.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...EVERY, name: 'alone', include: ['test/**/*.test.ts'], exclude: TOGETHER } },
      { test: { ...EVERY, name: 'together', isolate: false, include: TOGETHER } },
    ],
  },
})
