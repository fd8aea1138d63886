import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeRejecter } from '../../../ingest/rejecting.ts'
import { shopifyWebhooks } from '../../../ingest/shopify/webhooks.ts'
import type { CanonicalEvent, CanonicalReject } from '../../../schemas/canonical.ts'
import { type Door, openDoor, PARTITIONS, TOPIC } from '../../support/door.ts'

const SECRET = 'shpss_test'
let door: Door
let app: FastifyInstance
let free: number

async function serve(secret: string | undefined): Promise<FastifyInstance> {
  const served = fastify()
  const rejecter = makeRejecter({ log: door.log, vault: door.vault, topic: TOPIC, partitions: PARTITIONS })
  const deps = { acceptor: door.acceptor, rejecter, tenants: door.tenants, secret, diskFree: async () => free }
  await served.register(shopifyWebhooks, deps)
  return served
}

beforeEach(async () => {
  door = await openDoor()
  await door.tenants.add({ name: 'shop', currency: 'USD', zone: 'America/New_York' })
  free = 0.5
  app = await serve(SECRET)
})
afterEach(async () => {
  await app.close()
  await door.close()
})

function deliver(topic: string, payload: object | string, headers: Record<string, string> = {}, tenant = 'shop') {
  // Ids as Shopify sends them: numbers, here beyond what a double holds.
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const body = text.replace(/"(820982911946154508|115310627314723954)"/g, '$1')
  const hmac = createHmac('sha256', SECRET).update(body).digest('base64')
  return app.inject({
    method: 'POST',
    url: `/v1/webhooks/shopify/${tenant}`,
    payload: body,
    headers: {
      'content-type': 'application/json',
      'x-shopify-topic': topic,
      'x-shopify-hmac-sha256': hmac,
      ...headers,
    },
  })
}

const transaction = { id: 9, kind: 'refund', status: 'success', amount: '20.00', currency: 'USD', test: false }
const refund = {
  id: 929361467,
  order_id: '820982911946154508',
  created_at: '2026-01-10T23:30:00-05:00',
  processed_at: '2026-01-10T23:30:00-05:00',
  note: 'unread',
  transactions: [transaction, { ...transaction, id: 10, status: 'failure', amount: '99.00' }],
  refund_line_items: [{ id: 1, line_item_id: 11, quantity: 1, subtotal: 18.5, line_item: { product_id: 632910392 } }],
}
const order = {
  id: '820982911946154508',
  admin_graphql_api_id: 'unread',
  created_at: '2026-01-05T23:10:00-05:00',
  processed_at: '2026-01-05T23:10:00-05:00',
  updated_at: '2026-01-05T23:10:05-05:00',
  cancelled_at: null,
  currency: 'USD',
  total_price: '100.00',
  current_total_price: '100.00',
  subtotal_price: '90.00',
  total_tax: '6.00',
  total_discounts: '5.00',
  total_shipping_price_set: { shop_money: { amount: '4.00', currency_code: 'USD' } },
  financial_status: 'paid',
  test: false,
  email: 'jon@example.com',
  phone: null,
  browser_ip: '203.0.113.9',
  landing_site: '/products/serum?utm_source=tiktok',
  customer: { id: '115310627314723954', email: 'jon@example.com', first_name: 'Jon', last_name: 'Snow' },
  shipping_address: {
    name: 'Jon Snow',
    address1: '1 Wall St',
    zip: '10005',
    city: 'New York',
    country_code: 'US',
    phone: '+1 212 555 0100',
  },
  line_items: [
    {
      id: 11,
      product_id: 632910392,
      variant_id: 808950810,
      title: 'Serum\u0007',
      quantity: 2,
      price: '47.50',
      total_discount: '0.00',
      discount_allocations: [{ amount: '2.50' }, { amount: '2.50' }],
    },
    {
      id: 12,
      product_id: null,
      variant_id: null,
      title: 'Gift wrap',
      quantity: 1,
      price: '0.00',
      discount_allocations: [],
    },
  ],
  refunds: [] as object[],
}

const orders = () => door.events().filter(({ type }) => type === 'order.observed')
const refunds = () => door.events().filter(({ type }) => type === 'order.refunded')
const dead = () => (door.events() as unknown as CanonicalReject[]).filter(({ c }) => c === 0)

describe('an order', () => {
  it('becomes an observation with its lines, on the date of the shop, personal data sealed', async () => {
    const answer = await deliver('orders/create', order)
    expect([answer.statusCode, answer.json()]).toEqual([200, { accepted: 1, duplicate: 0 }])
    const [event] = orders() as [CanonicalEvent]
    expect(event).toMatchObject({
      tenant: 'shop',
      source: 'shopify',
      id: '820982911946154508',
      occurred_ms: Date.parse(order.updated_at),
      data: {
        ordered_ms: Date.parse(order.processed_at),
        day: '2026-01-05',
        offset_min: -300,
        currency: 'USD',
        total_micros: 100_000_000,
        subtotal_micros: 90_000_000,
        tax_micros: 6_000_000,
        shipping_micros: 4_000_000,
        discount_micros: 5_000_000,
        status: 'paid',
        customer: '115310627314723954',
        country: 'US',
        landing_page: order.landing_site,
        lines: [
          {
            line: '11',
            product: '632910392',
            variant: '808950810',
            title: 'Serum',
            quantity: 2,
            price_micros: 47_500_000,
            discount_micros: 5_000_000,
          },
          { line: '12', product: 'line-12', title: 'Gift wrap', quantity: 1, price_micros: 0 },
        ],
      },
    })
    expect(await door.vault.open('shop', event.sealed!.blob)).toEqual({
      email: 'jon@example.com',
      phone: '+1 212 555 0100',
      name: 'Jon Snow',
      address: '1 Wall St, 10005 New York',
      ip: '203.0.113.9',
    })
    const bytes = door.log
      .all(TOPIC)
      .map(({ value }) => value!.toString())
      .join()
    for (const text of ['jon@', 'Snow', 'Wall', '203.0.113.9', '555 0100', '5550100']) expect(bytes).not.toContain(text)
  })

  // total_price is before returns and keeps what was edited away; current_total_price is after both.
  it.each([
    ['as ordered', '100.00', '100.00', [], 100],
    ['after an edit that took off 20', '100.00', '80.00', [], 80],
    ['after an edit that added 30', '130.00', '130.00', [], 130],
    ['before a return of 20', '100.00', '80.00', ['20.00'], 100],
    ['before a return of all', '100.00', '0.00', ['60.00', '40.00'], 100],
    ['before a goodwill refund of 10', '100.00', '100.00', ['10.00'], 100],
    ['after an edit of 20 and before a return of 30', '100.00', '50.00', ['30.00'], 80],
  ])('counts its total %s', async (_, total_price, current_total_price, amounts, total) => {
    const back = amounts.map((amount, n) => ({
      ...refund,
      id: n + 1,
      transactions: [{ ...transaction, id: n, amount }],
    }))
    await deliver('orders/updated', { ...order, total_price, current_total_price, refunds: back })
    expect(orders()[0]!.data).toMatchObject({ total_micros: total * 1e6 })
    expect(refunds()).toHaveLength(amounts.length)
  })

  it.each([
    [{ financial_status: 'partially_paid' }, 'pending'],
    [{ financial_status: null }, 'pending'],
    [{ financial_status: 'refunded' }, 'refunded'],
    [{ financial_status: 'refunded', cancelled_at: '2026-01-06T10:00:00Z' }, 'cancelled'],
    [{ financial_status: 'voided', cancelled_at: '2026-01-06T10:00:00Z' }, 'voided'],
    [{ financial_status: 'expired' }, 'voided'],
  ])('%j is %s', async (change, status) => {
    expect((await deliver('orders/cancelled', { ...order, ...change })).statusCode).toBe(200)
    expect(orders()[0]!.data).toMatchObject({ status })
  })

  it('is the same order whoever it is, with what may be missing missing', async () => {
    const { customer, shipping_address, email, landing_site, browser_ip, ...bare } = order
    expect(
      (await deliver('orders/paid', { ...bare, test: true, line_items: [], financial_status: 'paid' })).statusCode,
    ).toBe(200)
    expect(orders()[0]!.data).toMatchObject({ test: true })
    expect(orders()[0]!.sealed).toBeUndefined()
  })
})

describe('a refund', () => {
  it('is what its successful transactions gave back, and the same event inside of an order', async () => {
    expect((await deliver('refunds/create', refund)).json()).toEqual({ accepted: 1, duplicate: 0 })
    const [event] = refunds()
    expect(event).toMatchObject({
      id: 'transaction:9',
      occurred_ms: Date.parse(refund.processed_at),
      data: {
        order: '820982911946154508',
        day: '2026-01-10',
        currency: 'USD',
        amount_micros: 20_000_000,
        kind: 'refund',
        success: true,
      },
    })
    const again = await deliver('orders/updated', {
      ...order,
      updated_at: '2026-01-11T00:00:00-05:00',
      refunds: [refund],
    })
    expect(again.json()).toEqual({ accepted: 1, duplicate: 1 })
    expect(refunds()).toHaveLength(1)
  })

  it('waits until its money has moved', async () => {
    const pending = { ...refund, transactions: [{ ...transaction, status: 'pending' }] }
    expect((await deliver('refunds/create', pending)).json()).toEqual({ accepted: 0, duplicate: 0 })
    expect((await deliver('refunds/create', { ...refund, transactions: [] })).json()).toEqual({
      accepted: 0,
      duplicate: 0,
    })
    expect((await deliver('refunds/create', refund)).json()).toEqual({ accepted: 1, duplicate: 0 })
  })
})

describe('deliveries', () => {
  it('may come twice and in any order: the log holds each state once', async () => {
    const states = [1, 2, 3, 4].map((n) => ({
      ...order,
      updated_at: `2026-01-05T23:1${n}:00-05:00`,
      total_price: `${n}00.00`,
      current_total_price: null,
    }))
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 0, 1, 2, 3], { minLength: 8 }), async (sequence) => {
        await door.close()
        door = await openDoor()
        await door.tenants.add({ name: 'shop', currency: 'USD', zone: 'America/New_York' })
        await app.close()
        app = await serve(SECRET)
        for (const n of sequence) expect((await deliver('orders/updated', states[n]!)).statusCode).toBe(200)
        expect(orders()).toHaveLength(4)
        const newest = orders().toSorted((a, b) => b.occurred_ms - a.occurred_ms)[0]!
        expect(newest.data).toMatchObject({ total_micros: 400_000_000 })
      }),
      { numRuns: 5 },
    )
  })

  it('of other topics are answered and left alone', async () => {
    const answer = await deliver('app/uninstalled', { id: 1 })
    expect([answer.statusCode, answer.json()]).toEqual([200, { accepted: 0, duplicate: 0, ignored: 'app/uninstalled' }])
    expect(door.events()).toEqual([])
  })

  it.each([
    ['a body that is no JSON', '{"id":', 'invalid_json'],
    ['a body that is no order', { id: 1, hello: 'there' }, 'malformed_line'],
    ['an order of the year 2199', { ...order, updated_at: '2199-01-01T00:00:00Z' }, 'time_out_of_range'],
    ['an order in no currency', { ...order, currency: 'QQQ' }, 'bad_currency'],
    ['an order of 1e308', { ...order, total_price: '1e308' }, 'money_out_of_range'],
  ])('%s is kept once as a dead letter and answered with 422', async (_, payload, code) => {
    for (let n = 0; n < 3; n += 1) {
      const answer = await deliver('orders/create', payload)
      expect([answer.statusCode, answer.json().code]).toEqual([422, 'invalid_event'])
      expect(answer.json().detail).toContain(code)
    }
    const [reject, ...others] = dead()
    expect(others).toEqual([])
    expect(reject).toMatchObject({ c: 0, tenant: 'shop', source: 'shopify', rejection: { code } })
    expect(JSON.stringify(reject)).not.toContain('jon@')
    const raw = await door.vault.openRaw('shop', reject!.raw_sealed)
    expect(raw).toContain(typeof payload === 'string' ? payload : String((payload as { id: number }).id))
  })

  it.each([
    ['a wrong signature', { 'x-shopify-hmac-sha256': createHmac('sha256', 'other').update('x').digest('base64') }],
    ['an empty signature', { 'x-shopify-hmac-sha256': '' }],
    ['a signature that is no base64', { 'x-shopify-hmac-sha256': '§§§' }],
  ])('with %s are refused', async (_, headers) => {
    const answer = await deliver('orders/create', order, headers)
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'bad_hmac'])
    expect(door.events()).toEqual([])
  })

  it('to nobody, or without a secret, are refused clearly', async () => {
    expect((await deliver('orders/create', order, {}, 'nobody')).json()).toMatchObject({
      status: 404,
      code: 'not_found',
    })
    await app.close()
    app = await serve(undefined)
    const answer = await deliver('orders/create', order)
    expect(answer.json()).toMatchObject({
      status: 503,
      code: 'not_ready',
      detail: expect.stringContaining('OMNIFY_SHOPIFY_WEBHOOK_SECRET'),
    })
  })

  it('are refused for a while when the log or its disk cannot take them', async () => {
    free = 0.01
    expect((await deliver('orders/create', order)).statusCode).toBe(503)
    free = 0.5
    door.log.fail('log_unavailable')
    const answer = await deliver('orders/create', order)
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5'])
    door.log.fail(undefined)
    expect((await deliver('orders/create', order)).json().accepted).toBe(1)
  })
})
