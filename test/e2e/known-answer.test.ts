import { expect, it } from 'vitest'
import { createWorld } from '../../ingest/world/world.ts'
import { RUNNER_DEFAULTS } from '../../pipelines/runner/options.ts'
import { ALL_MEASURES, differences } from './support/compare-truth.ts'
import { useWorldRig } from './support/world-rig.ts'

/** Batches as the product cuts them: half a million events in small ones are mostly inserts. */
const rig = useWorldRig(undefined, RUNNER_DEFAULTS)
const MINUTES = 60_000

it(
  'answers the truth of the known-answer world for every day, platform, campaign and creative',
  async () => {
    const world = createWorld('known-answer')
    const tenant = await rig.tenant('known-answer')
    let events = 0
    // To the last restatement and refund of its days, which come after the history's end.
    const flow = function* () {
      for (const batch of world.closed()) {
        events += batch.length
        yield* batch
      }
    }
    await rig.deliver(tenant, flow(), 'looks', { batch_size: 5_000, form: 'text' })
    await rig.caughtUp(10 * MINUTES)
    expect(events).toBeGreaterThan(400_000)

    const by = ['day', 'platform', 'campaign', 'creative'] as const
    const rows = await rig.metrics(tenant, { measures: ALL_MEASURES, dimensions: by, limit: 100_000 })
    const truth = world.truthBy([...by, 'currency'])
    expect(truth.length).toBeGreaterThan(1_000)
    expect(differences(rows, truth, by)).toEqual([])
  },
  20 * MINUTES,
)
