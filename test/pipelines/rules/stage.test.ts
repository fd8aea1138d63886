import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { steadyClock, systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import { rulesStage } from '../../../pipelines/rules/stage.ts'
import type { StageDeps } from '../../../pipelines/stages/stage.ts'
import type { AlertRule } from '../../../schemas/alert-commands.ts'
import { parseAlert } from '../../../schemas/alerts.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { HOUR_MS } from '../../../schemas/zone.ts'
import { createTables, insert } from '../../query-api/support/fill.ts'
import { type MemoryLog, openMemoryLog } from '../../support/memory-log.ts'
import { mortal } from '../../support/mortal.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
const START_MS = Date.parse('2026-01-05T00:00:00Z')
const eventually = <T>(look: () => T) => expect.poll(look)
const closing: (() => unknown)[] = []
let log: MemoryLog
let tenant: string
let number = 0
let version = 1

beforeAll(() => createTables(test.store))
beforeEach(async () => {
  log = openMemoryLog()
  await log.ensureTopics(Object.values(TOPICS))
  tenant = `r${number++}`
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  for (const table of ['alert_settings', 'detect_checkpoints']) await test.store.command(`TRUNCATE TABLE ${table}`)
})

/** The hours have these many orders of a platform, and everything before the end of the last one has been read. */
async function hours(orders: readonly number[], first = 0, until = first + orders.length): Promise<void> {
  const rows = orders.map((count, n) => ({
    ...{ tenant, platform: 'meta', currency: 'USD', slice: 'commerce', version: version++, orders: count, n: 1 },
    day: new Date(START_MS + (first + n) * HOUR_MS).toISOString().slice(0, 10),
    start: (START_MS + (first + n) * HOUR_MS) / 1000,
    cell: String(first + n).padStart(16, '0'),
  }))
  await insert(test.store, 'windows_hour', rows)
  const mark = { tenant, source: 'shop', pipeline: 'facts', _topic: 'omnify.events', _partition: 0, events: 1 }
  await insert(test.store, 'watermarks', [{ ...mark, occurred_ms: START_MS + until * HOUR_MS, version: version++ }])
  await log.append(TOPICS.window_changes.name, 0, [{ key: Buffer.from(tenant), value: Buffer.from('{}') }])
}

const WEEK_HOURS = 7 * 24

/** A rule that nothing breaks for two hours, and then an hour that does. */
async function openInThirdHour(): Promise<void> {
  run()
  await hours([9])
  await say({ kind: 'rule', rule: 'r', body: rule })
  await hours([9], 1)
  await hours([2], 2)
  await eventually(states).toEqual([['02', 1, 'open']])
}

let commands = 0
async function say(command: object): Promise<void> {
  const head = { id: `c${commands++}`, tenant, at: '2026-01-05T00:00:00Z', by: 'ann' }
  const value = Buffer.from(JSON.stringify({ ...head, ...command }))
  await log.append(TOPICS.alert_commands.name, 0, [{ key: Buffer.from(tenant), value }])
}

const rule: AlertRule = {
  ...{ name: 'Few orders', metric: 'orders', condition: { op: 'below', value: '5' }, scope: { platform: 'meta' } },
  ...{ grain: 'hour', buckets: 1, volume_min: 0, enabled: true },
}

function run(over: Partial<StageDeps> = {}) {
  const stop = new AbortController()
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const tenants = { get: async (name: string) => ({ name, currency: 'USD', zone: 'UTC' }) }
  const deps = { log, store: test.store, tenants, clock: systemClock, steady: steadyClock, logger, ...over }
  const parts = { ...deps, randomBytes: systemRandomBytes } as unknown as StageDeps
  const running = rulesStage({ pause_ms: 10 }).run(parts, stop.signal)
  running.catch(() => undefined)
  const ended = async () => {
    stop.abort()
    await running.catch(() => undefined)
  }
  closing.push(ended)
  return { running, stop: ended }
}

/** The journal tells of other tests' alerts too: their marks are gone, as after a start without any. */
const values = () =>
  log.all(TOPICS.alerts.name).flatMap(({ key, value }) => (key!.toString() === tenant ? [value!.toString()] : []))
const told = () => values().map(parseAlert)
const states = () => told().map(({ onset_at, revision, state }) => [onset_at.slice(11, 13), revision, state])

describe('the rules stage', () => {
  it('tells of what begins after a rule was made, once, and when it ends', async () => {
    run()
    await hours([1, 9, 9])
    await say({ kind: 'rule', rule: 'r', body: rule })
    await hours([9], 3)
    await hours([2], 4)
    await eventually(states).toEqual([['04', 1, 'open']])
    expect(told()[0]).toMatchObject({
      ...{ kind: 'threshold', rule: 'r', metric: 'orders', direction: 'down', observed: '2', unit: 'count' },
      title: 'Few orders: orders below 5, platform meta',
      detected_at: '2026-01-05T05:00:00.000Z',
    })
    await say({ kind: 'acknowledge', alert: told()[0]!.id })
    await eventually(() => told().at(-1)!.acknowledged_by).toBe('ann')
    await hours([9], 5)
    await eventually(() => states().at(-1)).toEqual(['04', 3, 'resolved'])
    expect(told().at(-1)).toMatchObject({ reason: 'back_to_normal', ended_at: '2026-01-05T06:00:00.000Z' })
  })

  it('tells once of what it told, while its first hours leave the week that is looked at', async () => {
    await openInThirdHour()
    await hours([2, 2, 2, 9], 3)
    const first = [
      ['02', 1, 'open'],
      ['02', 2, 'resolved'],
    ]
    await eventually(states).toEqual(first)
    await hours(new Array(WEEK_HOURS - 7).fill(9), 7)
    // A week back now lies the second of its hours. The new alert shows that they were looked at.
    await hours([9, 9, 2], WEEK_HOURS)
    await eventually(states).toEqual([...first, ['02', 1, 'open']])
    await hours([9], WEEK_HOURS + 3)
    await eventually(states).toEqual([...first, ['02', 1, 'open'], ['02', 2, 'resolved']])
    expect(new Set(told().map(({ id }) => id)).size).toBe(2)
  })

  it.each([0, 3])('goes on with an alert that is open for two weeks and %i hours', async (more) => {
    await openInThirdHour()
    const until = 2 * WEEK_HOURS + 4 + more
    await hours(new Array(until - 3).fill(2), 3)
    await eventually(() => told().at(-1)).toMatchObject({ reason: 'grew' })
    await hours([9], until)
    await eventually(() => told().at(-1)).toMatchObject({ state: 'resolved', reason: 'back_to_normal' })
    expect(new Set(told().map(({ id }) => id)).size).toBe(1)
  })

  it('takes back what a restatement takes back, and ends what its rule no longer says', async () => {
    await hours([9, 2])
    await say({ kind: 'rule', rule: 'r', body: rule })
    const first = run()
    await eventually(states).toEqual([['01', 1, 'open']])
    await first.stop()
    await hours([9, 7])
    run()
    await eventually(() => told().at(-1)).toMatchObject({ revision: 2, state: 'retracted', reason: 'restated' })
    await hours([1], 2)
    await eventually(() => states().at(-1)).toEqual(['02', 1, 'open'])
    await say({ kind: 'rule_removed', rule: 'r' })
    await eventually(() => told().at(-1)).toMatchObject({ revision: 2, state: 'resolved', reason: 'user' })
  })

  it.each([1, 2, 3, 4].flatMap((n) => (['before', 'after'] as const).map((when) => ({ n, when }))))(
    'tells everything, in the same bytes, when it dies $when effect $n',
    async ({ n, when }) => {
      await hours([9, 2])
      await say({ kind: 'rule', rule: 'r', body: rule })
      const dying = run(mortal(log, test.store, n, when))
      await Promise.race([dying.running.catch(() => undefined), new Promise((done) => setTimeout(done, 3_000))])
      await dying.stop()
      run()
      await eventually(() => states().length).toBeGreaterThanOrEqual(1)
      await hours([9], 2)
      await eventually(() => states().at(-1)).toEqual(['01', 2, 'resolved'])
      const bytes = new Map<string, Set<string>>()
      for (const value of values()) {
        const { id, revision } = parseAlert(value)
        const key = `${id} ${revision}`
        bytes.set(key, (bytes.get(key) ?? new Set()).add(value))
      }
      expect([...bytes.values()].map((one) => one.size)).toEqual([1, 1])
    },
  )
})
