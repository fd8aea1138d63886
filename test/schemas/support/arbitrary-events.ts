import fc from 'fast-check'
import type { z } from 'zod'
import { count, country, currency, day, device, id, instant, money, slug, zone } from '../../../schemas/fields.ts'

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
      ...[
        '144.',
        '.5',
        '-0',
        '-',
        '.',
        '',
        '+3',
        ' 12.5 ',
        '1e3',
        '0.0000005',
        '999999999.999999',
        '1,5',
        1e308,
        '4611686018427.387903',
      ],
    ),
  ],
  [count._zod.def, mostly(fc.nat(), -1, 1.5, '7', 2 ** 53, 2 ** 53 - 1)],
  [currency._zod.def, mostly(fc.constantFrom('USD', 'JPY', 'KWD'), 'usd', 'XXQ', '', 5)],
  [zone._zod.def, mostly(fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu'), 'Mars/Base', '', 7)],
  [
    day._zod.def,
    mostly(
      at.map((t) => t.slice(0, 10)),
      '2025-02-30',
      '2149-06-06',
      '2149-06-07',
      '9999-12-31',
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

/** Usual spellings alone: ASCII without escapes, plain decimals and counts, times of UTC. */
const PLAIN_VALUES = new Map<unknown, fc.Arbitrary<unknown>>([
  [id._zod.def, fc.oneof(fc.stringMatching(/^[ !#-[\]-~]{1,12}$/), fc.nat())],
  [
    money._zod.def,
    fc.oneof(
      fc.stringMatching(/^-?\d{1,9}(\.\d{0,6})?$/),
      fc.integer({ min: -99_999_999, max: 99_999_999 }).map((n) => n / 100),
    ),
  ],
  [count._zod.def, fc.nat()],
  [currency._zod.def, fc.constantFrom('USD', 'JPY', 'KWD')],
  [zone._zod.def, fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu')],
  [day._zod.def, at.map((t) => t.slice(0, 10))],
  [instant._zod.def, at.chain((t) => fc.constantFrom(t, t.replace(/\.\d+/, '')))],
  [slug._zod.def, fc.constantFrom('meta', 'google_ads')],
  [country._zod.def, fc.constantFrom('US', 'de')],
  [device._zod.def, fc.constantFrom('mobile', 'DESKTOP')],
])

function mostly(good: fc.Arbitrary<unknown>, ...edges: unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: good }, { weight: 1, arbitrary: fc.constantFrom(...edges, null, [], {}) })
}

type Definition = {
  type: string
  innerType?: z.ZodType
  element?: z.ZodType
  keyType?: z.ZodType
  entries?: Record<string, string>
  shape?: Record<string, z.ZodType>
}

function plainValue(schema: z.ZodType): fc.Arbitrary<unknown> {
  const def = schema._zod.def as unknown as Definition
  const known = PLAIN_VALUES.get(def)
  if (known !== undefined) return known
  if (def.type === 'nullable') return fc.option(plainValue(def.innerType!))
  if (def.type === 'optional' || def.type === 'default') return plainValue(def.innerType!)
  if (def.type === 'enum') return fc.constantFrom(...Object.values(def.entries!))
  if (def.type === 'boolean') return fc.boolean()
  if (def.type === 'array') return fc.array(plainValue(def.element!), { maxLength: 3 })
  if (def.type === 'object') return objectOf(schema, plainValue)
  if (def.type === 'number') return fc.integer({ min: 0, max: 23 })
  const text = fc.stringMatching(/^[ !#-[\]-~]{1,12}$/)
  if (def.type !== 'record') return text
  const names = Object.values((def.keyType!._zod.def as unknown as Definition).entries!)
  return fc.tuple(fc.constantFrom(...names), text).map((entry) => Object.fromEntries([entry]))
}

function fieldValue(schema: z.ZodType): fc.Arbitrary<unknown> {
  const def = schema._zod.def as unknown as Definition
  const known = VALUES.get(def)
  if (known !== undefined) return known
  if (def.type === 'optional' || def.type === 'nullable' || def.type === 'default') return fieldValue(def.innerType!)
  if (def.type === 'enum') return mostly(fc.constantFrom(...Object.values(def.entries!)), 'no such word')
  if (def.type === 'boolean') return mostly(fc.boolean(), 'true')
  if (def.type === 'array') return mostly(fc.array(fieldValue(def.element!), { maxLength: 2 }))
  if (def.type === 'object') return objectOf(schema, fieldValue)
  // The one transform that is no block of its own: the rate of exchange.
  if (def.type === 'pipe') return mostly(fc.stringMatching(/^[1-9]\d{0,3}\.\d{1,9}$/), 0, -1, '1e9')
  if (def.type === 'number') return mostly(fc.integer({ min: 0, max: 23 }), 24, 0.5)
  if (def.type === 'record') return mostly(fc.dictionary(fc.constantFrom('gclid', 'fbclid', 'dclid', 'x'), fc.string()))
  return mostly(fc.string({ maxLength: 12 }), 'tab\there', 'line\nbreak', 'bell\u0007', '\ud800 alone')
}

function objectOf(schema: z.ZodType, value: typeof fieldValue): fc.Arbitrary<unknown> {
  const shape = (schema._zod.def as unknown as Definition).shape!
  const required = Object.keys(shape).filter((name) => {
    const { type } = shape[name]!._zod.def
    return type !== 'optional' && type !== 'default'
  })
  const fields = Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, value(field)]))
  return fc.record(fields, { requiredKeys: required })
}

/** Events of a type, mostly valid, with edges in every field. */
export function eventOf(type: string, input: z.ZodType): fc.Arbitrary<Record<string, unknown>> {
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
        data: fc.tuple(objectOf(input, fieldValue), extra).map(([data, more]) => ({ ...(data as object), ...more })),
      },
      { requiredKeys: ['id', 'source', 'type', 'occurred_at', 'data'] },
    )
    .chain((event) => extra.map((more) => ({ ...event, ...more })))
}

/** Events of a type in usual spellings alone; most of them are valid. `personal` is left out. */
export function plainEventOf(type: string, input: z.ZodType): fc.Arbitrary<Record<string, unknown>> {
  const data = objectOf(input, plainValue).map((fields) => ({ ...(fields as object), personal: undefined }))
  return fc.record(
    {
      id: PLAIN_VALUES.get(id._zod.def)!,
      source: fc.constantFrom('shop', 'meta.eu'),
      type: fc.constant(type),
      version: fc.constant(1),
      occurred_at: PLAIN_VALUES.get(instant._zod.def)!,
      tenant: fc.constant('acme'),
      data,
    },
    { requiredKeys: ['id', 'source', 'type', 'occurred_at', 'data'] },
  )
}
