import { describe, expect, it } from 'vitest'
import { compileMapping, settingsOf } from '../../../../ingest/importer/mapping/compile.ts'
import { loadMapping } from '../../../../ingest/importer/mapping/load.ts'
import { mapOrder } from '../../../../ingest/shopify/map-order.ts'
import { mapRefund } from '../../../../ingest/shopify/map-refund.ts'
import { parseEvent } from '../../../../schemas/parse.ts'

const TENANT = { currency: 'USD', zone: 'America/New_York' }
const CONTEXT = { tenant: 'shop', zone: TENANT.zone, now_ms: Date.UTC(2026, 1, 1) }

async function imported(name: string, row: Record<string, string>): Promise<unknown> {
  const mapping = await loadMapping(name)
  const compiled = compileMapping(mapping, settingsOf(mapping, TENANT, {}))
  return compiled.row(compiled.columns.map((column) => row[column.name] ?? '')).envelope
}

/** What the log gets to hold, whichever way an event came. */
function canonical(event: unknown) {
  const parsed = parseEvent(event, CONTEXT)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed))
  return parsed.event
}

// A shop may send webhooks and have its exports imported: both ways must say the same of the same thing.
describe('exports of Shopify beside its webhooks', () => {
  const order = {
    id: 820982911,
    created_at: '2026-01-05T23:10:00-05:00',
    updated_at: '2026-01-06T11:00:00-05:00',
    currency: 'USD',
    total_price: '100.00',
  }

  it.each([
    ['paid', null, 'paid'],
    ['PARTIALLY_PAID', null, 'pending'],
    ['refunded', '2026-01-06 16:00:00.000', 'cancelled'],
    ['paid', '2026-01-06 16:00:00.000', 'cancelled'],
    // Cancelled before it was paid: no money came, and no refund will take it off.
    ['voided', '2026-01-06 16:00:00.000', 'voided'],
    ['VOIDED', '2026-01-06 16:00:00.000', 'voided'],
    ['expired', null, 'voided'],
    ['Expired', '2026-01-06 16:00:00.000', 'voided'],
  ])('an order that is %j and cancelled at %j is %s by both', async (financial_status, cancelled_at, status) => {
    const [webhook] = mapOrder({
      ...order,
      financial_status,
      cancelled_at: cancelled_at === null ? null : '2026-01-06T11:00:00-05:00',
    })
    const row = await imported('shopify-orders', {
      id: '820982911',
      created_at: '2026-01-06 04:10:00.000',
      updated_at: '2026-01-06 16:00:00.000',
      currency: 'USD',
      total_price: '100.00',
      test: 'FALSE',
      financial_status,
      cancelled_at: cancelled_at ?? '',
    })
    expect(canonical(row).data).toMatchObject({ status })
    expect(canonical(row).data).toEqual(canonical(webhook).data)
  })

  it('money that went back is one event, by transaction, whether its refund comes by webhook or by export', async () => {
    const [webhook] = mapRefund({
      id: 929361467,
      order_id: 820982911,
      created_at: '2026-01-10T23:30:00-05:00',
      processed_at: '2026-01-10T23:30:00-05:00',
      transactions: [
        { id: 179259969, kind: 'refund', status: 'success', amount: '20.00', currency: 'USD', test: false },
      ],
      refund_line_items: [],
    })
    const row = await imported('shopify-transactions', {
      id: '179259969',
      order_id: '820982911',
      refund_id: '929361467',
      created_at: '2026-01-11 04:30:00.000',
      processed_at: '2026-01-11 04:30:00.000',
      kind: 'refund',
      status: 'SUCCESS',
      amount: '20.00',
      currency: 'USD',
      test: 'FALSE',
    })
    expect(canonical(row)).toEqual(canonical(webhook))
  })
})
