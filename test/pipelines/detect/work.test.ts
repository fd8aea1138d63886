import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { steadyClock, systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import type { Tick } from '../../../pipelines/detect/core/closed-bucket.ts'
import { openWork } from '../../../pipelines/detect/work.ts'
import type { StageDeps } from '../../../pipelines/stages/stage.ts'
import { migrate } from '../../../pipelines/store/migrate.ts'
import type { AlertCommand } from '../../../schemas/alert-commands.ts'
import { type AlertRecord, parseAlert } from '../../../schemas/alerts.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { HOUR_MS } from '../../../schemas/zone.ts'
import { type MemoryLog, openMemoryLog } from '../../support/memory-log.ts'
import { mortal } from '../../support/mortal.ts'
import { useStore } from '../../support/store.ts'
import { adWorld, BEGIN_MS } from './support/ad-world.ts'
import { fillWindows, nameSources } from './support/fill-windows.ts'

const test = useStore()
let log: MemoryLog
const NOON = 16 * 24 + 12
const HOURS = NOON + 14
const GROUPS = 4
const world = adWorld(11, HOURS, [{ platform: 'meta', from: NOON, to: NOON + 6, volume: 0.3 }])
const until = (hours: number) => world.filter(({ start_ms }) => start_ms < BEGIN_MS + hours * HOUR_MS)
const from = (hours: number, ticks: readonly Tick[] = world) =>
  ticks.filter(({ start_ms }) => start_ms >= BEGIN_MS + hours * HOUR_MS)
const TABLES = [
  'windows_hour',
  'watermarks',
  'fact_orders',
  'fact_delivery',
  'alerts',
  'alert_settings',
  'detect_checkpoints',
]

beforeAll(() => migrate(test.store, join(import.meta.dirname, '../../../schemas/migrations')), 60_000)
beforeEach(async () => {
  for (const table of TABLES) await test.store.command(`TRUNCATE TABLE ${table}`)
  log = openMemoryLog()
  await log.ensureTopics(Object.values(TOPICS))
})

const caughtUp = { ends: async () => [], reached: async () => true }
const open = (parts: Partial<Pick<StageDeps, 'log' | 'store'>> = {}) =>
  openWork(
    {
      log,
      store: test.store,
      steady: steadyClock,
      clock: systemClock,
      randomBytes: systemRandomBytes,
      logger: { info() {}, warn: (text: string) => expect.fail(text), error: (text: string) => expect.fail(text) },
      ...parts,
    } as unknown as StageDeps,
    caughtUp,
  )
const told = () => log.all(TOPICS.alerts.name).map(({ value }) => value!.toString())
const stored = async () =>
  (await test.store.query<{ record: string }>('SELECT record FROM alerts FINAL ORDER BY seq')).map(
    ({ record }) => record,
  )
const order = (command: AlertCommand) =>
  log.append(TOPICS.alert_commands.name, 0, [{ key: Buffer.from('demo'), value: Buffer.from(JSON.stringify(command)) }])

describe('detection over the windows of a store', () => {
  it('tells of an incident, goes on after a restart, and closes it', async () => {
    await fillWindows(test.store, 'demo', until(NOON + 3), 1)
    await nameSources(test.store, 'demo', until(NOON + 3))
    const first = await open()
    await first.lookAll()
    await first.close()
    const [opened] = told().map(parseAlert)
    expect(opened).toMatchObject({
      revision: 1,
      state: 'open',
      kind: 'anomaly',
      metric: 'impressions',
      scope: { platform: 'meta' },
      cause_class: 'budget_exhausted',
      severity: 'critical',
      onset_at: new Date(BEGIN_MS + NOON * HOUR_MS).toISOString(),
    })
    expect(Number(opened!.money_at_stake!.so_far.mean)).toBeGreaterThan(0)
    expect(opened!.causes[0]).toMatchObject({ set: { platform: 'meta' } })

    await fillWindows(test.store, 'demo', from(NOON + 3), 2)
    const second = await open()
    await second.lookAll()
    const last = parseAlert(told().at(-1)!)
    expect(last).toMatchObject({ id: opened!.id, state: 'resolved', reason: 'back_to_normal' })
    expect(last.ended_at).toBe(new Date(BEGIN_MS + (NOON + 6) * HOUR_MS).toISOString())
    expect(new Set(told().map((bytes) => parseAlert(bytes).id)).size).toBe(1)
    expect(await stored()).toEqual(told())
  })

  it('takes an alert back that a restatement takes back', async () => {
    await fillWindows(test.store, 'demo', until(NOON + 3), 1)
    await nameSources(test.store, 'demo', until(NOON + 3))
    const work = await open()
    await work.lookAll()
    expect(told()).toHaveLength(1)
    // What was missing comes after all.
    await fillWindows(test.store, 'demo', from(NOON, adWorld(11, NOON + 5)), 2)
    await work.lookAll()
    expect(parseAlert(told().at(-1)!)).toMatchObject({ revision: 2, state: 'retracted', reason: 'restated' })
  })

  it('tells of hours that were as expected until they were restated', async () => {
    const ordinary = adWorld(11, NOON + 4)
    await fillWindows(test.store, 'demo', ordinary.slice(0, -GROUPS), 1)
    await nameSources(test.store, 'demo', ordinary)
    const first = await open()
    await first.lookAll()
    await first.close()
    expect(told()).toEqual([])
    await fillWindows(test.store, 'demo', [...from(NOON, until(NOON + 3)), ...ordinary.slice(-GROUPS)], 2)
    await (await open()).lookAll()
    expect(told().map(parseAlert)[0]).toMatchObject({
      scope: { platform: 'meta' },
      onset_at: new Date(BEGIN_MS + NOON * HOUR_MS).toISOString(),
      detected_at: new Date(BEGIN_MS + (NOON + 4) * HOUR_MS).toISOString(),
    })
  })

  it('raises nothing for a past that is over', async () => {
    await fillWindows(test.store, 'demo', world, 1)
    await nameSources(test.store, 'demo', world)
    await (await open()).lookAll()
    expect(told()).toEqual([])
  })

  it('carries out what users say, once', async () => {
    await fillWindows(test.store, 'demo', until(NOON + 3), 1)
    await nameSources(test.store, 'demo', until(NOON + 3))
    const work = await open()
    await work.lookAll()
    const { id } = parseAlert(told()[0]!)
    const head = { id: 'c1', tenant: 'demo', at: '2025-09-17T16:00:00Z', by: 'ann' }
    await order({ ...head, kind: 'acknowledge', alert: id })
    await order({ ...head, kind: 'mute', mute: 'm', scope: { platform: 'tiktok' }, metric: null, until: null })
    await order({ ...head, kind: 'feedback', alert: id, verdict: 'expected', note: 'sale' })
    await work.obey()
    await work.obey()
    await (await open()).obey()
    expect(told().map((bytes) => parseAlert(bytes).state)).toEqual(['open', 'updated', 'retracted'])
    const kept = await test.store.query('SELECT kind, id, removed FROM alert_settings FINAL')
    expect(kept).toEqual([{ kind: 'mute', id: 'm', removed: 0 }])
  })
})

it('tells every revision at least once, in one spelling, wherever it is killed', async () => {
  await fillWindows(test.store, 'demo', until(NOON + 3), 1)
  await nameSources(test.store, 'demo', until(NOON + 3))
  // Effects: the alert's row, its record on the topic, the note of that, the checkpoint.
  const deaths = [
    { when: 'after', effect: 1 },
    { when: 'after', effect: 2 },
    { when: 'before', effect: 4 },
  ] as const
  for (const { effect, when } of deaths) {
    for (const table of ['alerts', 'detect_checkpoints']) await test.store.command(`TRUNCATE TABLE ${table}`)
    log = openMemoryLog()
    await log.ensureTopics(Object.values(TOPICS))
    const dying = await open(mortal(log, test.store, effect, when))
    await expect(dying.lookAll(), `${when} ${effect}`).rejects.toThrow('died')
    const next = await open()
    await next.lookAll()
    await next.close()
    const rows = await stored()
    expect(new Set(told()), `${when} ${effect}`).toEqual(new Set(rows))
    const records: AlertRecord[] = rows.map(parseAlert)
    expect(
      records.map(({ revision }) => revision),
      `${when} ${effect}`,
    ).toEqual([1])
  }
}, 120_000)
