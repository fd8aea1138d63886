import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { FAMILIES, familyOf } from '../../schemas/events/registry.ts'
import { parseEvent, upcastTo } from '../../schemas/parse.ts'
import { type Data, EXAMPLES, exampleEvent } from './support/examples.ts'

const context = { tenant: 'acme', zone: 'America/New_York', now_ms: Date.parse('2026-01-02T00:00:00Z') }
const LATEST = '2026-01-03T00:00:00Z'

function accepted(type: string, data: Data, envelope: Data = {}) {
  const result = parseEvent(exampleEvent(type, data, envelope), context)
  if (!result.ok) throw new Error(JSON.stringify(result.rejection))
  return result.event
}

function refused(raw: unknown): string {
  const result = parseEvent(raw, context)
  return result.ok ? 'accepted' : `${result.rejection.code} ${result.rejection.path}`
}

describe('every family', () => {
  it('is in the registry once, with an example that has all of its fields', () => {
    expect(Object.keys(EXAMPLES).sort()).toEqual([...familyOf.keys()].sort())
    expect(familyOf.size).toBe(FAMILIES.length)
    for (const { type, input } of FAMILIES) {
      const { shape } = input._zod.def as unknown as { shape: Record<string, z.ZodType> }
      expect(Object.keys(EXAMPLES[type]!.full).sort(), type).toEqual(Object.keys(shape).sort())
    }
  })

  it.each(FAMILIES.map(({ type }) => type))('%s: full and bare examples are taken', (type) => {
    const { full, bare } = EXAMPLES[type]!
    for (const data of [full, bare]) {
      const event = accepted(type, data)
      expect(event).toMatchObject({ tenant: 'acme', source: 'shop', type, id: 'e1', version: 1 })
      expect(event.occurred_ms).toBe(Date.parse('2026-01-01T12:00:00Z'))
      // What goes onto the log comes back from it: no undefined, no NaN, no bigint.
      expect(JSON.parse(JSON.stringify(event.data))).toStrictEqual(event.data)
      expect(event.personal === undefined || event.subject !== undefined).toBe(true)
    }
  })

  it.each(FAMILIES.map(({ type }) => type))('%s: null means absent', (type) => {
    const { input } = familyOf.get(type)!
    const { shape } = input._zod.def as unknown as { shape: Record<string, z.ZodType> }
    const nulls = Object.entries(shape).filter(([, field]) => field.safeParse(null).success)
    const { bare } = EXAMPLES[type]!
    const data = { ...Object.fromEntries(nulls.map(([name]) => [name, null])), ...bare }
    expect(accepted(type, data)).toStrictEqual(accepted(type, bare))
  })

  it.each(FAMILIES.map(({ type }) => type))(
    '%s: a missing field, a wrong type and an unknown field are named',
    (type) => {
      const { full, bare } = EXAMPLES[type]!
      for (const name of Object.keys(bare)) {
        const { [name]: _, ...rest } = bare
        expect(refused(exampleEvent(type, rest))).toBe(`missing_field data/${name}`)
      }
      for (const name of Object.keys(full)) {
        const raw = exampleEvent(type, { ...full, [name]: [{}] })
        expect(refused(raw)).toMatch(new RegExp(`^(invalid|missing|unknown)_field data/${name}(/|$)`))
      }
      expect(refused(exampleEvent(type, { ...bare, surprise: 1 }))).toBe('unknown_field data/surprise')
    },
  )
})

describe('the envelope', () => {
  const { bare } = EXAMPLES['product.observed']!
  const event = (envelope: Data) => exampleEvent('product.observed', bare, envelope)

  it.each<[string, unknown]>([
    ['invalid_event ', null],
    ['invalid_event ', 'text'],
    ['invalid_event ', [event({})]],
    ['missing_field id', { ...event({}), id: undefined }],
    ['invalid_field id', event({ id: '' })],
    ['invalid_field id', event({ id: 'x'.repeat(257) })],
    ['invalid_field id', event({ id: 1.5 })],
    // 64 bits in a JSON number are no longer what was sent.
    ['invalid_field id', event({ id: 2 ** 53 })],
    ['control_character id', event({ id: 'a\u0000b' })],
    ['control_character id', event({ id: 'a\nb' })],
    ['invalid_field source', event({ source: 'My Shop' })],
    ['unknown_type type', event({ type: 'order.created' })],
    ['unknown_type type', event({ type: '__proto__' })],
    ['unknown_type type', event({ type: 'constructor' })],
    ['unsupported_version version', event({ version: 2 })],
    ['invalid_field version', event({ version: 0 })],
    ['invalid_field version', event({ version: '1' })],
    ['tenant_mismatch tenant', event({ tenant: 'other' })],
    ['unknown_field received_at', event({ received_at: '2026-01-01T00:00:00Z' })],
    ['missing_field occurred_at', { ...event({}), occurred_at: undefined }],
    ['invalid_field occurred_at', event({ occurred_at: '2026-01-01' })],
    ['invalid_field occurred_at', event({ occurred_at: '2025-02-29T00:00:00Z' })],
    ['invalid_field occurred_at', event({ occurred_at: '2025-02-30 00:00:00+00:00' })],
    ['invalid_field occurred_at', event({ occurred_at: '2025-12-31T25:00:00Z' })],
    ['time_out_of_range occurred_at', event({ occurred_at: '1970-01-01T00:00:00Z' })],
    ['time_out_of_range occurred_at', event({ occurred_at: '1989-12-31T23:59:59.999Z' })],
    ['time_out_of_range occurred_at', event({ occurred_at: '2026-01-03T00:00:00.001Z' })],
    ['time_out_of_range occurred_at', event({ occurred_at: '2199-01-01T00:00:00Z' })],
    ['missing_field data', { ...event({}), data: undefined }],
    ['invalid_field data', event({ data: 'text' })],
    ['invalid_field data', event({ data: null })],
    ['invalid_field data', event({ data: [] })],
  ])('%s', (wanted, raw) => {
    // Undefined in a literal stands for an absent key, which is all that JSON knows.
    const spelled = raw === null || typeof raw !== 'object' ? raw : JSON.parse(JSON.stringify(raw))
    expect(refused(spelled)).toBe(wanted)
  })

  it('takes the bounds themselves, its own tenant, and integers for ids', () => {
    expect(refused(event({ occurred_at: '1990-01-01T00:00:00Z' }))).toBe('accepted')
    expect(refused(event({ occurred_at: LATEST }))).toBe('accepted')
    expect(refused(event({ tenant: 'acme' }))).toBe('accepted')
    expect(accepted('product.observed', bare, { id: 2 ** 53 - 1 }).id).toBe('9007199254740991')
  })

  it('a key named like a prototype is an unknown field and changes nothing', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      for (const where of ['envelope', 'data'] as const) {
        const text =
          where === 'envelope'
            ? `{"id":"1","source":"shop","type":"product.observed","occurred_at":"2026-01-01T00:00:00Z","data":{"product":"p"},"${key}":{"polluted":1}}`
            : `{"id":"1","source":"shop","type":"product.observed","occurred_at":"2026-01-01T00:00:00Z","data":{"product":"p","${key}":{"polluted":1}}}`
        expect(refused(JSON.parse(text))).toBe(`unknown_field ${where === 'data' ? 'data/' : ''}${key}`)
      }
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})

describe('bad values have their own codes', () => {
  it.each<[string, string, Data]>([
    ['order.observed', 'money_out_of_range data/total', { total: 1e308 }],
    ['order.observed', 'money_out_of_range data/total', { total: '4611686018427.387904' }],
    ['order.observed', 'invalid_field data/total', { total: '12,50' }],
    ['order.observed', 'bad_currency data/currency', { currency: 'usd' }],
    ['order.observed', 'bad_time_zone data/time_zone', { time_zone: 'Mars/Base' }],
    ['order.observed', 'invalid_field data/status', { status: 'shipped' }],
    ['order.observed', 'invalid_field data/order_date', { order_date: '2025-02-29' }],
    ['order.observed', 'time_out_of_range data/order_date', { order_date: '1989-12-31' }],
    ['order.observed', 'time_out_of_range data', { order_date: '2101-01-01' }],
    ['order.observed', 'time_out_of_range data/ordered_at', { ordered_at: '1970-01-01T00:00:00Z' }],
    ['order.observed', 'time_out_of_range data', { ordered_at: '2199-01-01T00:00:00Z' }],
    ['order.observed', 'missing_field data/lines/1/price', { lines: [line(), { product: 'p', quantity: 1 }] }],
    ['order.observed', 'invalid_field data/lines/0/quantity', { lines: [{ ...line(), quantity: -1 }] }],
    ['order.observed', 'unknown_field data/lines/0/color', { lines: [{ ...line(), color: 'red' }] }],
    ['order.observed', 'invalid_field data/lines', { lines: Array.from({ length: 1001 }, line) }],
    ['order.observed', 'unknown_field data/personal/passport', { personal: { passport: 'x' } }],
    ['order.observed', 'control_character data/landing_page', { landing_page: 'https://x\u0007' }],
    ['order.refunded', 'money_out_of_range data/amount', { amount: '-1e20' }],
    ['order.refunded', 'invalid_field data/kind', { kind: 'chargeback' }],
    ['order.refunded', 'time_out_of_range data', { refund_date: '2031-01-01' }],
    ['ad_delivery.observed', 'invalid_field data/platform', { platform: 'Google Ads' }],
    ['ad_delivery.observed', 'invalid_field data/level', { level: 'keyword' }],
    ['ad_delivery.observed', 'invalid_field data/hour', { hour: 24 }],
    ['ad_delivery.observed', 'invalid_field data/impressions', { impressions: 1.5 }],
    ['ad_delivery.observed', 'invalid_field data/impressions', { impressions: '12' }],
    ['ad_delivery.observed', 'invalid_field data/clicks', { clicks: 2 ** 53 }],
    ['ad_delivery.observed', 'money_out_of_range data/conversions', { conversions: 1e300 }],
    ['ad_delivery.observed', 'time_out_of_range data', { day: '2026-01-06' }],
    ['ad_delivery.observed', 'missing_field data/actions/0/action_type', { actions: [{ count: 1 }] }],
    ['ad_entity.observed', 'invalid_field data/valid_from', { valid_from: 'yesterday' }],
    ['ad_entity.observed', 'control_character data/name', { name: 'a\u0000' }],
    ['customer.observed', 'invalid_field data/tags/1', { tags: ['vip', 3] }],
    ['product.observed', 'invalid_field data/stock', { stock: 0.5 }],
    ['touch.recorded', 'unknown_field data/click_ids/xclid', { click_ids: { xclid: '1' } }],
    ['web.recorded', 'invalid_field data/quantity', { quantity: -1 }],
    ['change.recorded', 'control_character data/old', { old: 'a\u001b[0m' }],
    ['fx_rate.observed', 'invalid_field data/rate', { rate: '0' }],
    ['fx_rate.observed', 'invalid_field data/rate', { rate: -1 }],
    ['fx_rate.observed', 'invalid_field data/rate', { rate: '1000000' }],
    ['fx_rate.observed', 'bad_currency data/base', { base: 'DM' }],
    ['holiday.observed', 'invalid_field data/country', { country: 'the US' }],
    // Planned, but beyond what a Date of the store can hold.
    ['holiday.observed', 'time_out_of_range data/day', { day: '2149-06-07' }],
  ])('%s: %s', (type, wanted, patch) => {
    expect(refused(exampleEvent(type, { ...EXAMPLES[type]!.bare, ...patch }))).toBe(wanted)
  })
})

describe('what data become', () => {
  it('an order: the day of its shop, micros, its customer as subject', () => {
    const event = accepted('order.observed', EXAMPLES['order.observed']!.full)
    expect(event).toMatchObject({ subject: '4711', group: 'order e1', personal: { email: 'Ann@Example.org' } })
    expect(event.data).toMatchObject({
      day: '2025-12-31',
      offset_min: -300,
      total_micros: 107_310_000,
      subtotal_micros: 90_000_000,
      country: 'US',
      device: 'mobile',
      customer: '4711',
    })
    // Without a date of its own it gets that of the shop's zone, without a zone that of the tenant.
    const late = { ...EXAMPLES['order.observed']!.bare, ordered_at: '2026-01-01T03:00:00Z' }
    expect(accepted('order.observed', late).data).toMatchObject({ day: '2025-12-31', offset_min: -300 })
    expect(accepted('order.observed', { ...late, time_zone: 'Asia/Tokyo' }).data).toMatchObject({ day: '2026-01-01' })
  })

  it('a refund shares the group of its order', () => {
    expect(accepted('order.refunded', EXAMPLES['order.refunded']!.full).group).toBe('order o1')
    expect(accepted('order.refunded', EXAMPLES['order.refunded']!.bare).data).toMatchObject({
      kind: 'refund',
      success: true,
    })
  })

  it('delivery: its hour as an instant, fractions of conversions in millionths', () => {
    expect(accepted('ad_delivery.observed', EXAMPLES['ad_delivery.observed']!.full).data).toMatchObject({
      hour_ms: Date.parse('2025-12-31T17:30:00Z'),
      conversions_micros: 1_250_000,
      frequency_micros: 1_250_000,
      actions: [{ count_micros: 1_250_000 }, { action_type: 'lead', window: '', time_basis: 'mixed' }],
    })
  })

  it('a rate: an integer times 10^9, half to even', () => {
    const rate = (value: unknown) =>
      (accepted('fx_rate.observed', { ...EXAMPLES['fx_rate.observed']!.full, rate: value }).data as { rate_e9: number })
        .rate_e9
    expect(rate('1.087654321')).toBe(1_087_654_321)
    expect(rate(0.0064)).toBe(6_400_000)
    expect(rate('0.0000000025')).toBe(2)
    expect(rate('0.0000000035')).toBe(4)
    expect(rate('1e-9')).toBe(1)
    expect(rate('999999.999999999')).toBe(999_999_999_999_999)
  })

  it('a holiday may be planned ahead', () => {
    expect(refused(exampleEvent('holiday.observed', { country: 'DE', day: '2027-10-03', name: 'Einheit' }))).toBe(
      'accepted',
    )
  })
})

describe('upcastTo', () => {
  const steps = {
    1: (data: unknown) => ({ ...(data as object), amount: (data as { total: number }).total, total: undefined }),
    2: (data: unknown) => ({ ...(data as object), currency: 'USD' }),
  }

  it('lifts step by step, in order', () => {
    expect(upcastTo(3, 1, steps, { total: 5 })).toEqual({ ok: true, data: { amount: 5, currency: 'USD' } })
    expect(upcastTo(3, 2, steps, { amount: 5 })).toEqual({ ok: true, data: { amount: 5, currency: 'USD' } })
    expect(upcastTo(3, 3, steps, { amount: 5 })).toEqual({ ok: true, data: { amount: 5 } })
  })

  it('refuses a newer version, and one that is no longer read', () => {
    expect(upcastTo(3, 4, steps, {})).toMatchObject({ ok: false, reason: expect.stringContaining('newer than 3') })
    expect(upcastTo(3, 1, { 2: steps[2] }, {})).toMatchObject({
      ok: false,
      reason: expect.stringContaining('version 1'),
    })
  })

  it('has a step from every version that a family ever had', () => {
    for (const { type, upcasts, version } of FAMILIES) {
      const from = Array.from({ length: version - 1 }, (_, n) => `${n + 1}`)
      expect(Object.keys(upcasts), type).toEqual(from)
    }
  })
})

function line() {
  return { product: 'p', quantity: 1, price: '1' }
}
