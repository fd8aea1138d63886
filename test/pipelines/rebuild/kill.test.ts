import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../../pipelines/store/migrate.ts'
import { order } from '../../e2e/support/events.ts'
import { feedEvents, untilCommitted } from '../../support/engine.ts'
import { useStore } from '../../support/store.ts'
import { damage, windowsOf } from './support/damage.ts'
import { openRig } from './support/rig.ts'

// A process that rebuilds is killed when a step is done. What the next start finds is the old or the new, never a mix.
describe('a rebuild that is killed', () => {
  const test = useStore()
  let home: string
  let right: string[]
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'omnify-rebuild-'))
    await migrate(test.store, join(import.meta.dirname, '../../../schemas/migrations'))
    const rig = await openRig(home, test.access)
    await feedEvents(rig.log, rig.vault, orders(0, 40))
    await untilCommitted(rig.log)
    await rig.close()
    right = await windowsOf(test.store)
  }, 120_000)
  afterAll(() => rm(home, { recursive: true, force: true }))

  const killed = async (step: string, times: number): Promise<string | null> => {
    const child = spawn(
      process.execPath,
      [
        join(import.meta.dirname, 'support/rebuilding-child.ts'),
        home,
        JSON.stringify(test.access),
        step,
        String(times),
      ],
      { stdio: 'inherit' },
    )
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
    return signal
  }
  /** Starts and stops what a process of the engine has. */
  const restart = async () => (await openRig(home, test.access)).close()
  const staging = () =>
    test.store.query("SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE 'rebuild\\_%'")

  it('leaves the old rows before its decision', async () => {
    await damage(test.store)
    const wrong = await windowsOf(test.store)
    expect(wrong).not.toEqual(right)
    for (const step of ['begun', 'recomputing', 'staged', 'held', 'caught up']) {
      expect(await killed(step, 1), step).toBe('SIGKILL')
      expect(await windowsOf(test.store), step).toEqual(wrong)
      await restart()
      expect(await windowsOf(test.store), step).toEqual(wrong)
      expect(await staging(), step).toEqual([])
    }
  }, 180_000)

  it.each([
    ['decided', 1],
    ['applied', 1],
    ['applied', 2],
  ])(
    'leaves the new rows when killed after: %s (%i)',
    async (step, times) => {
      if ((await windowsOf(test.store)).join() === right.join()) await damage(test.store)
      expect(await killed(step, times)).toBe('SIGKILL')
      await restart()
      expect(await windowsOf(test.store)).toEqual(right)
      expect(await staging()).toEqual([])
    },
    120_000,
  )

  it('is no burden to what comes afterwards', async () => {
    const rig = await openRig(home, test.access)
    await feedEvents(rig.log, rig.vault, orders(30, 60))
    await untilCommitted(rig.log)
    const report = await rig.rebuild({ from_day: 0, dry_run: false })
    await rig.close()
    expect(report.swapped).toBe(false)
  })
})

/** Orders of four days; those that were sent before are observed anew. */
function orders(first: number, to: number): object[] {
  return Array.from({ length: to - first }, (_, n) => {
    const i = first + n
    const data = {
      ordered_at: `2026-01-${11 + (i % 4)}T0${i % 10}:30:00Z`,
      total: `${first + n * 2}.50`,
      platform: 'meta',
    }
    return order(`o${i}`, data, { occurred_at: `2026-01-${15 + (first > 0 ? 1 : 0)}T10:00:00Z` })
  })
}
