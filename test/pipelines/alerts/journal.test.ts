import { join } from 'node:path'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { isEnded, revise } from '../../../pipelines/alerts/commands.ts'
import { openJournal } from '../../../pipelines/alerts/journal.ts'
import { steadyClock } from '../../../pipelines/clock.ts'
import { FencedError } from '../../../pipelines/runner/errors.ts'
import { raiseGeneration, type Writer } from '../../../pipelines/runner/fence.ts'
import { migrate } from '../../../pipelines/store/migrate.ts'
import { alertBytes, alertIdOf, alertPartition } from '../../../schemas/alerts.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { exampleAlert } from '../../schemas/support/alert-example.ts'
import { type MemoryLog, openMemoryLog } from '../../support/memory-log.ts'
import { mortal } from '../../support/mortal.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
let log: MemoryLog
let lives = 0

beforeAll(() => migrate(test.store, join(import.meta.dirname, '../../../schemas/migrations')), 60_000)
beforeEach(async () => {
  log = openMemoryLog()
  await log.ensureTopics(Object.values(TOPICS))
  await test.store.command('TRUNCATE TABLE alerts')
})

async function open(published: number, deps: { log?: typeof log; store?: typeof test.store } = {}) {
  const name = `life${++lives}`
  const writer: Writer = { pipeline: 'detect', topic: TOPICS.window_changes.name, partition: 0, name }
  const fence = { clock: steadyClock, sleep: async () => undefined, patience_ms: 1_000 }
  const generation = await raiseGeneration(test.store, writer, fence)
  return openJournal({ store: test.store, log, writer, generation, kinds: ['anomaly'], published, ...deps })
}

const one = exampleAlert()
const two = revise(one, { severity: 'critical', reason: 'grew' })!
const other = exampleAlert({ id: alertIdOf('demo', 'anomaly', 'orders', 'hour', {}, 0), scope: {}, metric: 'orders' })
const told = () => log.all(TOPICS.alerts.name).map(({ value }) => value!.toString())

it('has every revision in the table and, in order, on the tenant’s partition', async () => {
  const { journal } = await open(0)
  await journal.write([{ record: one, life: 'a' }])
  await journal.write([
    { record: two, life: 'b' },
    { record: other, life: 'c' },
  ])
  expect(told()).toEqual([one, two, other].map(alertBytes))
  const [record] = await log.read(TOPICS.alerts.name, alertPartition('demo', 4), 0, {
    records_max: 1,
    bytes_max: 1e6,
    wait_ms: 0,
  })
  expect(record!.headers).toMatchObject({ ce_id: `${one.id}.1` })
  const rows = await test.store.query<{ revision: number; record: string }>(
    'SELECT revision, record FROM alerts FINAL ORDER BY seq',
  )
  expect(rows.map((row) => row.record)).toEqual(told())
})

it('gives the next writer what is open, with its life', async () => {
  const { journal } = await open(0)
  await journal.write([
    { record: one, life: 'a' },
    { record: two, life: 'b' },
    { record: other, life: 'c' },
  ])
  const ended = revise(other, { state: 'resolved', reason: 'back_to_normal', ended_at: '2026-01-03T10:00:00.000Z' })!
  expect(isEnded(ended)).toBe(true)
  const published = await journal.write([{ record: ended, life: 'd' }])
  const next = await open(published)
  expect(await next.journal.load(Date.UTC(2026, 0, 4))).toEqual([{ record: two, life: 'b' }])
  expect((await next.journal.load(0)).map(({ life }) => life)).toEqual(['b', 'd'])
})

it('tells after a kill at any step what the table has, in the same bytes, and nothing that it has not', async () => {
  for (const when of ['before', 'after'] as const) {
    for (const effect of [1, 2]) {
      await test.store.command('TRUNCATE TABLE alerts')
      log = openMemoryLog()
      await log.ensureTopics(Object.values(TOPICS))
      const dying = await open(0, mortal(log, test.store, effect, when) as { log: MemoryLog; store: typeof test.store })
      await expect(dying.journal.write([{ record: one, life: 'a' }]), `${when} ${effect}`).rejects.toThrow('died')
      const { journal, published } = await open(0)
      const there = effect === 2 || when === 'after'
      expect(published > 0, `${when} ${effect}`).toBe(there)
      expect(new Set(told()), `${when} ${effect}`).toEqual(new Set(there ? [alertBytes(one)] : []))
      expect((await journal.load(0)).length).toBe(there ? 1 : 0)
    }
  }
})

it('lets a writer that was replaced write nothing', async () => {
  const old = await open(0)
  await open(0)
  await expect(old.journal.write([{ record: one, life: '' }])).rejects.toThrow(FencedError)
  expect(told()).toEqual([])
  expect(await test.store.query('SELECT id FROM alerts')).toEqual([])
})
