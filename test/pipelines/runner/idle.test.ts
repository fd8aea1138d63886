import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { steadyClock } from '../../../pipelines/clock.ts'
import { FACTS } from '../../../pipelines/engine/pipeline.ts'
import { isNewest, raiseGeneration } from '../../../pipelines/runner/fence.ts'
import { order } from '../../e2e/support/events.ts'
import { useEngine } from '../../support/engine.ts'

const engine = useEngine()

it('a writer without work notices that it was fenced, and begins anew', async () => {
  await engine.feed([order('o1')])
  const runner = await engine.start()
  await engine.caughtUp()
  const other = { ...FACTS, partition: 0, name: 'somebody else' }
  const deps = { clock: steadyClock, sleep: (ms: number) => sleep(ms), patience_ms: 5_000 }
  await raiseGeneration(engine.store, other, deps)
  expect(await isNewest(engine.store, other)).toBe(true)
  await expect.poll(() => isNewest(engine.store, other), { interval: 200 }).toBe(false)
  await runner.stop()
})
