import { describe, expect, it } from 'vitest'
import { useProcesses } from '../support/running-engine.ts'
import { order } from './support/events.ts'

describe('omnify trace', () => {
  const processes = useProcesses()
  const refund = (amount: string) => ({
    ...order('back-1'),
    type: 'order.refunded',
    data: { order: 'o-1', refunded_at: '2026-01-16T10:00:00Z', currency: 'USD', amount },
  })
  const late = { occurred_at: '2026-01-10T10:00:00Z' }
  const newer = { occurred_at: '2026-01-15T11:00:00Z' }

  it('tells where an event is, with the engine up and down, or that nobody has heard of it', async () => {
    const engine = await processes.engine()
    const send = async (event: object) => {
      expect((await engine.post([event])).status).toBe(202)
      await engine.caughtUp()
    }
    await send(order('o-1'))
    await send(order('o-1', { total: '20.00', lines: [{ product: 'p', quantity: 1, price: '20.00' }] }, newer))
    await send(order('o-1', { total: '1.00' }, late))
    await send(refund('2.00'))
    await send(refund('3.00'))

    const trace = async (...args: string[]) => {
      const { code, err, out } = await processes.run(engine.home, ['trace', ...args])
      expect(code, err).toBe(0)
      return JSON.parse(out)
    }
    const found = await trace('o-1')
    expect(found.observations.map(stated)).toEqual([
      ['first', false, ['fact_orders']],
      ['newer', true, ['fact_orders', 'fact_order_lines']],
      ['older', false, ['fact_orders']],
    ])
    const [first, second, older] = found.observations
    expect(first).toMatchObject({ source: 'shop', type: 'order.observed', topic: 'omnify.events', in_log: true })
    expect(first.windows.map((window: { state: string }) => window.state)).toEqual(Array(3).fill('superseded'))
    expect(older.windows.every((window: { state: string }) => window.state === 'older')).toBe(true)
    // Too old for the 5-minute windows.
    expect(second.windows).toMatchObject([
      { set: 'windows_hour', start: '2026-01-15T09:00:00.000Z', state: 'counted' },
      {
        set: 'windows_day',
        day: '2026-01-15',
        state: 'counted',
        adds: { n: '1', orders: '1', gross_micros: '20000000' },
      },
      { set: 'windows_day_campaign', key: { currency: 'USD', slice: 'commerce' }, row: { n: '1' } },
    ])
    expect(found.records).toEqual([])

    const back = await trace('back-1', '--type', 'order.refunded')
    expect(back.observations.map(stated)).toEqual([['first', true, ['fact_refunds']]])
    expect(back.observations[0].windows[1]).toMatchObject({ state: 'counted', adds: { refunds_micros: '2000000' } })
    expect(back.dead_letters).toMatchObject([
      { code: 'id_conflict', path: 'id', partition: first.partition, replayed: false },
    ])

    const unknown = await processes.run(engine.home, ['trace', 'nobody', '--source', 'shop'])
    expect(unknown).toMatchObject({ code: 1, out: '' })
    expect(unknown.err).toContain('tenant demo has no event with the id nobody of source shop')
    const stranger = await processes.run(engine.home, ['trace', 'o-1', '--tenant', 'acme'])
    expect(stranger).toMatchObject({ code: 1, out: '', err: expect.stringContaining('there is no tenant acme') })

    await engine.stop()
    expect(await trace('o-1')).toEqual(found)
  }, 120_000)
})

function stated({ state, current, facts }: { state: string; current: boolean; facts: { table: string }[] }) {
  return [state, current, facts.map(({ table }) => table)]
}
