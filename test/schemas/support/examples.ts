/** Of every family: data with every field, and data with nothing that may be left out. Held complete by parse.test.ts. */
export const EXAMPLES: Readonly<Record<string, { readonly full: Data; readonly bare: Data }>> = {
  'order.observed': {
    full: {
      ordered_at: '2025-12-31T23:30:00.500-05:00',
      order_date: '2025-12-31',
      time_zone: 'America/New_York',
      currency: 'USD',
      total: '107.31',
      subtotal: 90,
      tax: '8.31',
      shipping: '9',
      discount: '0.5',
      status: 'cancelled',
      cancelled_at: '2026-01-01T10:00:00Z',
      test: true,
      customer: 4711,
      lines: [
        { line: 'l1', product: 'p1', variant: 'v1', title: 'Serum', quantity: 2, price: '45.00', discount: '0.5' },
        { product: 'p2', quantity: 1, price: 0 },
      ],
      ...adPath(),
      country: 'us',
      device: 'Mobile',
      landing_page: 'https://shop.example/serum?utm_source=x',
      personal: person(),
    },
    bare: { ordered_at: '2025-12-31T12:00:00Z', currency: 'USD', total: 0, status: 'pending' },
  },
  'order.refunded': {
    full: {
      order: 'o1',
      refunded_at: '2026-01-01T09:00:00Z',
      refund_date: '2026-01-01',
      time_zone: 'Europe/Berlin',
      currency: 'EUR',
      amount: '19.99',
      kind: 'void',
      success: false,
      test: true,
      customer: 'c1',
      lines: [{ product: 'p1', line: 'l1', quantity: 1, amount: '19.99' }],
      ...adPath(),
      country: 'DE',
      device: 'desktop',
    },
    bare: { order: 'o1', refunded_at: '2026-01-01T09:00:00Z' },
  },
  'ad_delivery.observed': {
    full: {
      ...adPath(),
      level: 'ad',
      asset_group: 'ag1',
      day: '2025-12-31',
      hour: 23,
      time_zone: 'Asia/Kolkata',
      currency: 'INR',
      country: 'IN',
      device: 'tablet',
      segment: 'keyword=serum',
      attribution_setting: '7d_click',
      impressions: 1000,
      clicks: 12,
      spend: '34.56',
      conversions: '1.25',
      conversion_value: '99.9',
      reach: 800,
      frequency: 1.25,
      video_views_3s: 400,
      actions: [
        { action_type: 'purchase', window: '7d', time_basis: 'click', count: '1.25', value: '99.9' },
        { action_type: 'lead' },
      ],
    },
    bare: { platform: 'meta', account: 'a1', level: 'account', day: '2025-12-31', currency: 'USD' },
  },
  'ad_entity.observed': {
    full: {
      ...adPath(),
      kind: 'campaign',
      entity: 'k1',
      name: 'Winter\tsale',
      status: 'active',
      objective: 'sales',
      daily_budget: '100',
      lifetime_budget: '3000',
      currency: 'USD',
      time_zone: 'UTC',
      valid_from: '2025-12-01T00:00:00Z',
    },
    bare: { platform: 'meta', account: 'a1', kind: 'ad', entity: 'x1', valid_from: '2025-12-01T00:00:00Z' },
  },
  'customer.observed': {
    full: {
      kind: 'opportunity',
      customer: 'c1',
      created_at: '2025-06-01T00:00:00Z',
      country: 'US',
      tags: ['vip', ''],
      segment: 'gold',
      channel: 'web',
      pipeline: 'p1',
      stage: 'won',
      status: 'open',
      value: '250',
      currency: 'USD',
      personal: person(),
    },
    bare: { customer: 'c1' },
  },
  'product.observed': {
    full: { product: 'p1', variant: 'v1', title: 'Serum', currency: 'USD', price: '45', available: false, stock: -3 },
    bare: { product: 'p1' },
  },
  'touch.recorded': {
    full: {
      kind: 'click',
      visitor: 'v1',
      customer: 'c1',
      session: 's1',
      ...adPath(),
      utm_source: 'x',
      utm_medium: 'cpc',
      utm_campaign: 'winter',
      utm_content: 'red',
      utm_term: 'serum',
      click_ids: { gclid: 'Cj0', fbclid: 'IwAR' },
      landing_page: 'https://shop.example/',
      referrer: 'https://x.example/',
      country: 'US',
      device: 'mobile',
      personal: person(),
    },
    bare: {},
  },
  'web.recorded': {
    full: {
      kind: 'purchase',
      name: 'buy',
      visitor: 'v1',
      customer: 'c1',
      session: 's1',
      order: 'o1',
      product: 'p1',
      quantity: 2,
      value: '90',
      currency: 'USD',
      page: 'https://shop.example/thanks',
      referrer: 'https://shop.example/checkout',
      ...adPath(),
      country: 'US',
      device: 'mobile',
      personal: person(),
    },
    bare: { kind: 'page_view' },
  },
  'change.recorded': {
    full: {
      ...adPath(),
      entity_kind: 'campaign',
      entity: 'k1',
      actor: 'rule: pause losers',
      field: 'status',
      old: 'active',
      new: 'paused',
    },
    bare: { platform: 'meta', entity_kind: 'campaign', entity: 'k1', field: 'status' },
  },
  'fx_rate.observed': {
    full: { base: 'EUR', quote: 'USD', day: '2025-12-31', rate: '1.087654321' },
    bare: { base: 'JPY', quote: 'USD', day: '2025-12-31', rate: 0.0064 },
  },
  'holiday.observed': {
    full: { country: 'US', day: '2026-11-27', name: 'Black Friday' },
    bare: { country: 'US', day: '2026-11-27', name: 'Black Friday' },
  },
}

export type Data = Readonly<Record<string, unknown>>

/** An event of a type around some data. */
export function exampleEvent(type: string, data: Data, envelope: Data = {}): Data {
  return { id: 'e1', source: 'shop', type, occurred_at: '2026-01-01T12:00:00Z', data, ...envelope }
}

function adPath() {
  return { platform: 'meta', account: 'a1', campaign: 'k1', ad_group: 'g1', ad: 'x1', creative: 'C12' }
}

function person() {
  return { email: 'Ann@Example.org', phone: '+1 202 555 0100', name: 'Ann', address: 'Main St 1', ip: '192.0.2.7' }
}
