import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { PROJECT } from '../../../benchmarks/support/machine.ts'
import { sharesByStage } from '../../../benchmarks/support/profile.ts'

test('adds up what each stage spent itself, over all threads, without what was idle', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'omnify-profile-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const at = (path: string) => ({ functionName: 'f', url: `file://${PROJECT}/${path}` })
  const frames = [
    { functionName: '(idle)', url: '' },
    { functionName: '(garbage collector)', url: '' },
    at('pipelines/windows/deep/cells.ts'),
    at('pipelines/main.ts'),
    at('node_modules/@clickhouse/client/dist/x.js'),
    { functionName: 'parse', url: 'node:internal/fs' },
  ]
  const nodes = frames.map((callFrame, id) => ({ id, callFrame }))
  const profiles = [
    { nodes, samples: [0, 1, 2, 3], timeDeltas: [1_000, 10, 20, 20] },
    { nodes, samples: [4, 5, 2], timeDeltas: [10, 10, 30] },
  ]
  for (const [n, profile] of profiles.entries()) {
    await writeFile(join(folder, `${n}.cpuprofile`), JSON.stringify(profile))
  }
  expect([...(await sharesByStage(folder))]).toEqual([
    ['pipelines/windows', 0.5],
    ['pipelines', 0.2],
    ['garbage collection', 0.1],
    ['node_modules/@clickhouse/client', 0.1],
    ['Node and native code', 0.1],
  ])
})
