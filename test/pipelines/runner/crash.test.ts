import { expect, it } from 'vitest'
import { FACT_TABLES, identities } from '../../../schemas/tables.ts'
import { useEngine } from '../../support/engine.ts'
import { mortal } from '../../support/mortal.ts'

const engine = useEngine()

/**
 * A batch of these tests has ten effects: the intent, an insert into each of seven tables (side by side), the record of
 * what changed, the commit. The process dies at one of them, which then has happened or has not.
 */
const DEATHS = [
  { when: 'before', at: 'the intent', effect: 1 },
  { when: 'after', at: 'the intent', effect: 1 },
  { when: 'before', at: 'an insert in the middle', effect: 5 },
  { when: 'after', at: 'an insert in the middle', effect: 5 },
  { when: 'after', at: 'the last insert', effect: 8 },
  { when: 'after', at: 'telling what changed', effect: 9 },
  { when: 'before', at: 'the commit', effect: 10 },
  { when: 'after', at: 'the commit', effect: 10 },
] as const

it('writes each fact once and right windows, wherever it dies', { timeout: 120_000 }, async () => {
  let orders = 0
  let clicks = 0
  for (const [round, { at, effect, when }] of DEATHS.entries()) {
    clicks = round * 3 + 1
    await put([
      order(`o${round}`, 'paid'),
      order(`edited-${round}`, 'paid'),
      // An edit within the batch, one of the last round's order, a restatement of the same delivery, a duplicate.
      order(`edited-${round}`, 'partially_refunded', 11),
      ...(round === 0 ? [] : [order(`o${round - 1}`, 'refunded', 12)]),
      delivery(round, clicks),
      delivery(round, clicks),
    ])
    orders += 2
    const life = mortal(engine.log, engine.store, effect, when)
    const first = await engine.start(life)
    await expect(first.ended, `${when} ${at}`).rejects.toThrow('died')
    await first.stop()

    const second = await engine.start()
    await engine.caughtUp()
    await second.stop()
    await expectOnce(`${when} ${at}`)
    expect(await windowsNow(), `${when} ${at}`).toEqual({ orders, gross: orders * 10_000_000, clicks, deliveries: 1 })
  }
})

it('sets the record apart that the store refuses, and takes all others', async () => {
  await engine.store.command(`ALTER TABLE fact_orders ADD CONSTRAINT refused CHECK id NOT LIKE 'poison%'`)
  const ids = Array.from({ length: 13 }, (_, i) => (i === 5 || i === 11 ? `poison${i}` : `good${i}`))
  await put(ids.map((id) => order(id, 'paid')))
  const runner = await engine.start({ logger: { info() {}, warn() {}, error: console.error } })
  await engine.caughtUp()
  await runner.stop()
  await engine.store.command('ALTER TABLE fact_orders DROP CONSTRAINT refused')
  const good = await engine.store.query<{ n: string }>(`SELECT count() AS n FROM fact_orders WHERE id LIKE 'good%'`)
  expect(good).toEqual([{ n: '11' }])
  const failed = await engine.store.query<{ _offset: string; code: string; reason: string }>(
    `SELECT _offset, code, reason FROM failed_events ORDER BY _offset`,
  )
  expect(failed.map(({ code }) => code)).toEqual(['store_rejected', 'store_rejected'])
  expect(Number(failed[1]!._offset) - Number(failed[0]!._offset)).toBe(6)
  expect(failed[0]!.reason).toContain('469')
  await expectOnce('after bisecting')
  // Sums hold the good ones only, and the id of a refused event is free for one that the store takes.
  const before = await windowsNow()
  expect(before.orders).toBe(2 * DEATHS.length + 11)
  const runner2 = await engine.start()
  await put([order('poison5', 'refunded', 12)])
  await engine.caughtUp()
  await runner2.stop()
  expect(await windowsNow()).toEqual({ ...before, orders: before.orders! + 1, gross: before.gross! + 10_000_000 })
})

async function put(events: readonly object[]): Promise<void> {
  const records = events.map((event) => ({
    key: null,
    value: Buffer.from(JSON.stringify({ ...event, tenant: 'demo' })),
  }))
  await engine.log.append('omnify.events', 0, records)
}

function order(id: string, status: string, hour = 10) {
  return {
    id,
    source: 'shop',
    type: 'order.observed',
    occurred_at: `2026-03-01T${hour}:00:00Z`,
    data: { ordered_at: '2026-03-01T10:00:00Z', currency: 'USD', total: '10.00', status, campaign: 'k' },
  }
}

function delivery(round: number, clicks: number) {
  return {
    id: 'd',
    source: 'meta',
    type: 'ad_delivery.observed',
    occurred_at: `2026-03-02T${10 + round}:00:00Z`,
    data: {
      platform: 'meta',
      account: 'a',
      level: 'ad',
      campaign: 'k',
      ad: 'x',
      day: '2026-03-01',
      currency: 'USD',
      clicks,
    },
  }
}

/** No place of the log has two rows in a table, and every event that was taken has its identity. */
async function expectOnce(what: string): Promise<void> {
  for (const { name } of [...FACT_TABLES, identities]) {
    const rows = await engine.store.query<{ n: string; distinct: string }>(
      `SELECT count() AS n, uniqExact(_partition, _offset, _row) AS distinct FROM ${name}`,
    )
    expect(rows[0]!.n, `${name}, ${what}`).toBe(rows[0]!.distinct)
  }
  const offsets = (table: string, type: string) =>
    engine.store.query(`SELECT _offset FROM ${table} WHERE ${type} ORDER BY _offset`)
  expect(await offsets('fact_orders', '1')).toEqual(await offsets('identities', `type = 'order.observed'`))
  expect(await offsets('fact_delivery', '1')).toEqual(await offsets('identities', `type = 'ad_delivery.observed'`))
}

async function windowsNow() {
  const sums = async (table: string) => {
    const [row] = await engine.store.query<Record<string, string>>(
      `SELECT sum(orders) AS orders, sum(gross_micros) AS gross, sum(clicks) AS clicks, sum(clicks_n) AS deliveries
       FROM ${table} FINAL WHERE tenant = 'demo' AND day = '2026-03-01'`,
    )
    return Object.fromEntries(Object.entries(row!).map(([name, sum]) => [name, Number(sum)]))
  }
  const days = await sums('windows_day')
  expect(await sums('windows_day_campaign')).toEqual(days)
  const hours = await sums('windows_hour')
  expect([hours.orders, hours.gross]).toEqual([days.orders, days.gross])
  return days
}
