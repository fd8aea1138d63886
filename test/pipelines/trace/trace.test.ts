import { describe, expect, it } from 'vitest'
import { isUnknown, traceEvent } from '../../../pipelines/trace/trace.ts'
import { alertBytes } from '../../../schemas/alerts.ts'
import { order } from '../../e2e/support/events.ts'
import { insert } from '../../query-api/support/fill.ts'
import { alert } from '../../support/alert.ts'
import { useEngine } from '../../support/engine.ts'

describe('tracing an id', () => {
  const engine = useEngine()
  const trace = (id: string, more: object = {}) =>
    traceEvent(
      { log: engine.log, store: engine.store, vault: engine.vault, group: 'omnify.facts', zone: 'UTC' },
      {
        tenant: 'demo',
        id,
        ...more,
      },
    )

  it('finds what is not read yet, and on the whole log what was dropped as a duplicate', async () => {
    await engine.feed([order('a'), order('a'), order('b')])
    const waiting = await trace('a')
    expect(waiting).toMatchObject({ observations: [], records: [{ state: 'pending' }, { state: 'pending' }] })
    expect(waiting.records[0]).toMatchObject({ source: 'shop', type: 'order.observed', topic: 'omnify.events' })

    const runner = await engine.start()
    await engine.caughtUp()
    await runner.stop()
    const read = await trace('a')
    expect(read).toMatchObject({ observations: [{ state: 'first', current: true, in_log: true }], records: [] })
    const whole = await trace('a', { whole_log: true })
    expect(whole.records).toMatchObject([{ state: 'duplicate', offset: read.observations[0]!.offset + 1 }])
  })

  it('keeps to the tenant, source and type that were asked for', async () => {
    await engine.feed([order('b')], { tenant: 'acme' })
    for (const other of [{ tenant: 'nobody' }, { source: 'till' }, { type: 'order.refunded' }, { id: 'c' }]) {
      expect(isUnknown(await trace('b', { whole_log: true, ...other })), JSON.stringify(other)).toBe(true)
    }
    expect(await trace('b', { tenant: 'acme' })).toMatchObject({ observations: [], records: [{ state: 'pending' }] })
    expect(await trace('b', { source: 'shop', type: 'order.observed' })).toMatchObject({
      observations: [{ facts: [{}] }],
    })
  })

  it('names the alerts that look at the numbers it is in', async () => {
    const about = alert({ tenant: 'demo', onset_at: '2026-01-15T09:00:00.000Z', last_at: '2026-01-15T10:00:00.000Z' })
    const { id, onset_at, revision, state, tenant } = about
    await insert(engine.store, 'alerts', [{ tenant, id, revision, seq: 1, state, onset_at, record: alertBytes(about) }])
    const [one] = (await trace('b')).observations
    expect(one!.alerts).toEqual([expect.objectContaining({ id, revision: 1, state: 'open', metric: 'orders' })])
  })

  it('says where a window does not hold what it should', async () => {
    await engine.store.command("DELETE FROM windows_day WHERE tenant = 'demo'")
    const [one] = (await trace('b')).observations
    expect(one!.windows.map(({ set, state }) => [set, state])).toEqual([
      ['windows_hour', 'counted'],
      ['windows_day', 'missing'],
      ['windows_day_campaign', 'counted'],
    ])
  })
})
