import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createWorld } from '../../ingest/world/world.ts'
import { useProcesses } from '../support/running-engine.ts'
import { differences, type MeasureName } from './support/compare-truth.ts'

const SEED = 7
// Of deliveries in flight by the hour and by the day, which slice is taken half-way is the reader's choice; orders have one.
const MEASURES: MeasureName[] = ['orders', 'gross_revenue', 'refunds', 'revenue']
const by = ['day', 'platform', 'campaign', 'creative'] as const

describe('omnify up with a world', () => {
  const processes = useProcesses()

  it('killed while it loads and started again, has exactly what was delivered by its time', async () => {
    const home = await processes.home()
    const env = { OMNIFY_WORLD: String(SEED) }
    const killed = processes.start(home, ['up'], env)
    await expect.poll(() => killed.err()).toMatch(/[1-9]\d{3,} events/)
    killed.kill('SIGKILL')
    await killed.ended
    expect(killed.out()).toBe('')

    // It remembers that it is the home of this world, though OMNIFY_WORLD is not given again.
    const engine = await processes.engine({ home, env: { OMNIFY_WORLD: '' } })
    await expect.poll(() => engine.out()).toContain('Omnify is ready')
    await sleep(3_000)
    const injected = await processes.run(home, [
      'world',
      'inject',
      'tracking_break',
      '--scope',
      'platform=tiktok',
      '--size',
      '0.5',
      '--hours',
      '6',
    ])
    expect(injected.code, injected.err).toBe(0)
    const stopped = await engine.stop()
    expect(stopped, engine.err()).toMatchObject({ code: 0, signal: null })

    const { at_ms, injections } = JSON.parse(await readFile(join(home, 'world-progress.json'), 'utf8'))
    const world = createWorld(SEED)
    expect(at_ms).toBeGreaterThan(world.end_ms)
    expect(injections).toHaveLength(1)
    const quiet = await processes.engine({ home })
    // What the world sent in its last moment was on the log at the stop, and is worked on now.
    await quiet.caughtUp()
    const truth = world.truthBy([...by, 'currency'], {
      known_at_ms: at_ms,
      last_day: world.spec.first_day + world.spec.days + 7,
      injections,
    })
    const rows = await quiet.metrics({ measures: MEASURES, dimensions: by, limit: 100_000 })
    expect(truth.length).toBeGreaterThan(100)
    expect(differences(rows, truth, by, MEASURES)).toEqual([])
  }, 180_000)

  it('prints commands that work when pasted', async () => {
    const engine = await processes.engine()
    const commands = engine.out().match(/^ {2}curl .*$/gm) ?? []
    expect(commands).toHaveLength(3)
    for (const command of commands) {
      const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: tmpdir() })
      const answer = JSON.parse(stdout)
      expect(answer.status ?? 200, stdout).toBe(200)
    }
    await engine.caughtUp()
    expect(await engine.metrics({ measures: ['orders', 'revenue'] })).toEqual([
      { orders: 1, revenue: '49.90', currency: 'USD' },
    ])
  })
})
