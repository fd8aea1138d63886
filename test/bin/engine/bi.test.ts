import { createClient } from '@clickhouse/client'
import { expect, it } from 'vitest'
import { useProcesses } from '../../support/running-engine.ts'

const processes = useProcesses()

it('an engine answers BI tools on a port of its own, with the numbers that its events made', async () => {
  const engine = await processes.engine()
  const order = { ordered_at: '2026-01-02T10:00:00Z', currency: 'USD', total: '49.90', status: 'paid' }
  const occurred_at = '2026-01-02T10:00:00Z'
  await engine.post([{ id: 'o1', source: 'shop', type: 'order.observed', occurred_at, data: order }])
  await engine.caughtUp()
  const [, url] = /as to a ClickHouse server: (http:\S+), database omnify/.exec(engine.out())!
  const client = createClient({ url: url!, username: 'demo', password: engine.key, database: 'omnify' })
  try {
    const rows = await client.query({ query: 'SELECT order_id, total_micros FROM orders', format: 'JSONEachRow' })
    expect(await rows.json()).toEqual([{ order_id: 'o1', total_micros: '49900000' }])
    expect(await (await fetch(`${engine.url}/livez`)).status).toBe(200)
  } finally {
    await client.close()
  }
  expect((await engine.stop()).code).toBe(0)
})
