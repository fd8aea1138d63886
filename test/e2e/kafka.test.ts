import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallWorld } from '../../ingest/world/world.ts'
import { systemClock } from '../../pipelines/clock.ts'
import { openKafkaLog } from '../../pipelines/log/kafka/open.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { type Broker, startBroker, whyNoBroker } from '../support/kafka-broker.ts'
import { skipLoudly } from '../support/kafka-shared.ts'
import { type RunningEngine, useProcesses } from '../support/running-engine.ts'
import { shuffleDelivery } from '../support/shuffle-delivery.ts'
import { ALL_MEASURES, differences } from './support/compare-truth.ts'
import { order } from './support/events.ts'
import { startSender } from './support/sender.ts'

describe('omnify run', () => {
  const processes = useProcesses()

  it.each(['ingest', 'pipelines', 'query'])('%s is refused without Kafka, with the reason', async (role) => {
    const refused = await processes.run(await processes.home(), ['run', role])
    expect({ code: refused.code, out: refused.out }).toEqual({ code: 2, out: '' })
    expect(refused.err).toContain('KAFKA_BROKERS')
  })

  it('of no role is wrong use', async () => {
    const refused = await processes.run(await processes.home(), ['run', 'everything'])
    expect(refused.code).toBe(2)
  })
})

const absent = whyNoBroker()
if (absent !== null) skipLoudly('engines on Kafka', absent)

// Topics of an engine have fixed names, so each of these has a broker of its own.
describe.skipIf(absent !== null)('on Kafka', () => {
  const processes = useProcesses()
  let broker: Broker
  let env: Record<string, string>
  beforeAll(async () => {
    broker = await startBroker()
    env = { KAFKA_BROKERS: broker.brokers }
  })
  afterAll(() => broker?.stop())

  const by = ['day', 'platform', 'campaign', 'creative'] as const
  const seed = 31
  const world = smallWorld(seed)
  const question = { measures: ALL_MEASURES, dimensions: by, limit: 100_000 }
  let home: string

  it('four processes, one role each, answer the truth of a world', async () => {
    home = await processes.home()
    const store = processes.start(home, ['run', 'store'])
    await expect.poll(() => store.out()).toContain('the store answers at')
    const role = (name: string) => processes.engine({ home, args: ['run', name], env })
    // One after the other: each leaves its address in the home that they share.
    const ingest = await role('ingest')
    const pipelines = await role('pipelines')
    const query = await role('query')

    const events = shuffleDelivery([...world.closed()].flat(), seed)
    for (let at = 0; at < events.length; at += 1_000) {
      const answer = await ingest.post(events.slice(at, at + 1_000))
      expect(answer.status, answer.body).toBe(202)
      expect(answer.json().rejected).toEqual([])
    }
    await query.caughtUp()
    expect(differences(await query.metrics(question), world.truthBy([...by, 'currency']), by)).toEqual([])
    expect((await query.status()).log).toBe('kafka')
    // Each does its own part and no other.
    expect((await query.post([order('x')])).status).toBe(404)

    for (const { stop } of [ingest, pipelines, query]) {
      const ended = await stop()
      expect(ended).toMatchObject({ code: 0, signal: null })
      expect(ended.took_ms).toBeLessThan(10_000)
    }
    store.kill('SIGTERM')
    expect(await store.ended).toMatchObject({ code: 0 })
  }, 120_000)

  it('records of a foreign producer are events, or dead letters that can be mended and sent again', async () => {
    const engine = await processes.engine({ home, env })
    const foreign = (tenant: string, id: string, total: unknown) => ({
      tenant,
      ...order(id, { total }, { source: 'foreign' }),
    })
    const records = [
      'no JSON at all',
      '{"c":1,"tenant":"demo","forged":true}',
      null,
      JSON.stringify(foreign('demo', 'good', '7.00')),
      JSON.stringify(foreign('demo', 'bad', 1e308)),
      JSON.stringify(foreign('later', 'early', '9.00')),
    ]
    const log = await openKafkaLog({ brokers: broker.brokers, clientId: 'foreign', clock: systemClock })
    await log.append(
      TOPICS.events.name,
      0,
      records.map((text) => ({ key: null, value: text === null ? null : Buffer.from(text) })),
    )
    await log.close()
    await engine.caughtUp()
    const mine = { measures: ['orders', 'revenue'], from: '2026-01-15', to: '2026-01-16', grain: 'day' }
    expect(await engine.metrics(mine)).toMatchObject([{ orders: 1, revenue: '7.00' }])

    const replay = async (...args: string[]) => {
      const { code, out, err } = await processes.run(home, ['replay', ...args], env)
      expect(code, err).toBe(0)
      await engine.caughtUp()
      return JSON.parse(out)
    }
    expect(await replay('--tenant', 'demo')).toEqual({ read: 2, replayed: 0, failed: 2 })
    const mend = ['--tenant', 'demo', '--code', 'money_out_of_range', '--set', 'data/total=5.00']
    expect(await replay(...mend)).toEqual({ read: 1, replayed: 1, failed: 0 })
    expect(await replay(...mend)).toEqual({ read: 0, replayed: 0, failed: 0 })
    expect(await engine.metrics(mine)).toMatchObject([{ orders: 2, revenue: '12.00' }])

    // Its tenant was not there when the record came.
    const added = await processes.run(home, ['tenants', 'add', 'later', '--currency', 'USD', '--zone', 'UTC'], env)
    expect(await replay('--tenant', 'later')).toEqual({ read: 1, replayed: 1, failed: 0 })
    expect(await replay('--tenant', 'later')).toEqual({ read: 0, replayed: 0, failed: 0 })
    expect(await engine.metrics(mine, added.out.trim())).toMatchObject([{ orders: 1, revenue: '9.00' }])

    const trace = async (id: string) => {
      const { code, out, err } = await processes.run(home, ['trace', id, '--source', 'foreign'], env)
      expect(code, err).toBe(0)
      return JSON.parse(out)
    }
    expect(await trace('good')).toMatchObject({ observations: [{ partition: 0, state: 'first', current: true }] })
    expect(await trace('bad')).toMatchObject({
      observations: [{ state: 'first', facts: [{ table: 'fact_orders' }], windows: [{ state: 'counted' }, {}, {}] }],
      dead_letters: [{ partition: 0, offset: expect.any(Number), code: 'money_out_of_range', replayed: true }],
    })
    await engine.stop()
  }, 120_000)

  it('a rebuild finds nothing to change in the windows of the world', async () => {
    const { code, out, err } = await processes.run(home, ['rebuild', 'facts', '--from', '1990-01-01'], env)
    expect(code, err).toBe(0)
    const report = JSON.parse(out)
    expect(report).toMatchObject({ swapped: false, dry_run: false })
    expect(report.facts).toBeGreaterThan(500)
    expect(report.as_of).toHaveLength(TOPICS.events.partitions)
    for (const table of Object.values(report.tables))
      expect(table).toEqual({ added: 0, removed: 0, changed: 0, sums: {} })
  }, 120_000)

  it('one process takes over what the four left, and goes on while the broker is stopped and started', async () => {
    const engine: RunningEngine = await processes.engine({ home, env })
    const inWorld = { ...question, to: '2026-01-01' }
    expect(differences(await engine.metrics(inWorld), world.truthBy([...by, 'currency']), by)).toEqual([])

    const added = await processes.run(home, ['tenants', 'add', 'shop', '--currency', 'USD', '--zone', 'UTC'], env)
    const key = added.out.trim()
    const shop = { ...engine, post: (events: unknown) => engine.post(events, key) }
    const sender = startSender({ ...shop, metrics: (body) => engine.metrics(body, key) }, 'kafka')
    await sender.progress(500)
    for (const how of ['restart', 'kill'] as const) {
      if (how === 'kill') await broker.kill()
      await broker.restart()
      await sender.progress(500)
    }
    await sender.finish()
    await sender.check({ ...engine, metrics: (body) => engine.metrics(body, key) })
    expect((await engine.stop()).code).toBe(0)
  }, 180_000)
})
