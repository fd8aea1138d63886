import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { FAMILIES } from '../../schemas/events/registry.ts'
import { count, country, currency, day, device, id, instant, money, slug, zone } from '../../schemas/fields.ts'
import { parseEvent } from '../../schemas/parse.ts'
import { quickInstant } from '../../schemas/quick-fields.ts'
import { parseEventQuick, quickEvent } from '../../schemas/quick-parse.ts'

const context = { tenant: 'acme', zone: 'America/New_York', now_ms: Date.UTC(2026, 0, 2) }
const at = fc.integer({ min: Date.UTC(1989, 0, 1), max: Date.UTC(2026, 0, 10) }).map((ms) => new Date(ms).toISOString())

/** Mostly good values for each block of the schemas, with the edges where a quick check could go wrong. */
const VALUES = new Map<unknown, fc.Arbitrary<unknown>>([
  [id._zod.def, mostly(fc.oneof(fc.string({ minLength: 1 }), fc.nat()), '', 'a\u0007', 'x'.repeat(257), 1.5, 2 ** 60)],
  [
    money._zod.def,
    mostly(
      fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }),
        fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => (n / 100).toFixed(2)),
        fc.stringMatching(/^-?\d{0,12}(\.\d{0,9})?$/),
      ),
      ...['144.', '.5', '-0', '-', '.', '', '+3', ' 12.5 ', '1e3', '0.0000005', '999999999.999999', '1,5', 1e308],
    ),
  ],
  [count._zod.def, mostly(fc.nat(), -1, 1.5, '7', 2 ** 53)],
  [currency._zod.def, mostly(fc.constantFrom('USD', 'JPY', 'KWD'), 'usd', 'XXQ', '', 5)],
  [zone._zod.def, mostly(fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu'), 'Mars/Base', '', 7)],
  [
    day._zod.def,
    mostly(
      at.map((t) => t.slice(0, 10)),
      '2025-02-30',
      '2025-2-3',
      'today',
      20250101,
    ),
  ],
  [instant._zod.def, mostly(at, '2025-06-01 10:00:00+02:00', '2025-06-01T10:00:60Z', '2025-06-31T00:00:00Z', 'now', 5)],
  [slug._zod.def, mostly(fc.constantFrom('meta', 'google_ads'), 'Meta', '', 'a'.repeat(65))],
  [country._zod.def, mostly(fc.constantFrom('US', 'de'), 'Ä1', 'x'.repeat(17), 1)],
  [device._zod.def, mostly(fc.constantFrom('mobile', 'DESKTOP'), '?', '', 1)],
])

function mostly(good: fc.Arbitrary<unknown>, ...edges: unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: good }, { weight: 1, arbitrary: fc.constantFrom(...edges, null, [], {}) })
}

type Definition = {
  type: string
  innerType?: z.ZodType
  element?: z.ZodType
  entries?: Record<string, string>
  shape?: Record<string, z.ZodType>
}

function fieldValue(schema: z.ZodType): fc.Arbitrary<unknown> {
  const def = schema._zod.def as unknown as Definition
  const known = VALUES.get(def)
  if (known !== undefined) return known
  if (def.type === 'optional' || def.type === 'nullable' || def.type === 'default') return fieldValue(def.innerType!)
  if (def.type === 'enum') return mostly(fc.constantFrom(...Object.values(def.entries!)), 'no such word')
  if (def.type === 'boolean') return mostly(fc.boolean(), 'true')
  if (def.type === 'array') return mostly(fc.array(fieldValue(def.element!), { maxLength: 2 }))
  if (def.type === 'object') return objectOf(schema)
  // The one transform that is no block of its own: the rate of exchange.
  if (def.type === 'pipe') return mostly(fc.stringMatching(/^[1-9]\d{0,3}\.\d{1,9}$/), 0, -1, '1e9')
  if (def.type === 'number') return mostly(fc.integer({ min: 0, max: 23 }), 24, 0.5)
  return mostly(fc.string({ minLength: 1, maxLength: 12 }), 'tab\there', 'bell\u0007')
}

function objectOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  const shape = (schema._zod.def as unknown as Definition).shape!
  const required = Object.keys(shape).filter((name) => {
    const { type } = shape[name]!._zod.def
    return type !== 'optional' && type !== 'default'
  })
  const fields = Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, fieldValue(field)]))
  return fc.record(fields, { requiredKeys: required })
}

function eventOf(type: string, input: z.ZodType): fc.Arbitrary<Record<string, unknown>> {
  const extra = fc.oneof({ weight: 60, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.constant({ x: 1 }) })
  return fc
    .record(
      {
        id: VALUES.get(id._zod.def)!,
        source: mostly(fc.constantFrom('shop', 'meta.eu'), 'Shop', '', 'a b'),
        type: fc.constant(type),
        version: mostly(fc.constant(1), 2, 0, '1'),
        occurred_at: VALUES.get(instant._zod.def)!,
        tenant: mostly(fc.constant('acme'), 'other', 4),
        data: fc.tuple(objectOf(input), extra).map(([data, more]) => ({ ...(data as object), ...more })),
      },
      { requiredKeys: ['id', 'source', 'type', 'occurred_at', 'data'] },
    )
    .chain((event) => extra.map((more) => ({ ...event, ...more })))
}

describe('the quick parser', () => {
  for (const family of FAMILIES) {
    it(`says about ${family.type} what the full parser says`, () => {
      let quick = 0
      let accepted = 0
      const property = fc.property(eventOf(family.type, family.input), (raw) => {
        const full = parseEvent(raw, context)
        const fast = quickEvent(raw, context)
        expect(parseEventQuick(raw, context)).toStrictEqual(full)
        if (full.ok) accepted++
        if (fast === undefined) return
        quick++
        expect({ ok: true, event: fast }).toStrictEqual(full)
        expect(JSON.stringify(fast)).toBe(full.ok ? JSON.stringify(full.event) : '')
      })
      fc.assert(property, { numRuns: 400, seed: 20260101 })
      // The quick way must be taken by what is valid, or this test would compare nothing.
      expect(accepted).toBeGreaterThan(20)
      expect(quick).toBe(accepted)
    })
  }

  it('leaves to the full parser what is no object of a known type', () => {
    for (const raw of [null, 1, 'x', [], {}, { type: 'nope' }, JSON.parse('{"__proto__":{"type":"order.observed"}}')]) {
      expect(quickEvent(raw, context)).toBeUndefined()
      expect(parseEventQuick(raw, context)).toStrictEqual(parseEvent(raw, context))
    }
  })

  it('reads instants as Date.parse does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (ms) => {
        const text = new Date(ms).toISOString()
        expect(quickInstant(text)).toBe(ms)
        expect(quickInstant(text.replace(/\.\d+/, ''))).toBe(ms - (ms % 1000))
      }),
    )
    expect(quickInstant('2025-01-01T24:00:00Z')).toBe(Date.parse('2025-01-01T24:00:00Z'))
    expect(quickInstant('2025-01-01T1x:00:00Z')).toBeUndefined()
    expect(quickInstant('2025-01-01T10:00:00X00Z')).toBeUndefined()
  })
})
