import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWorld, smallWorld } from '../../ingest/world/world.ts'
import { encodeEvent } from '../../schemas/canonical.ts'
import { isWellFormed } from '../../schemas/canonical-shape.ts'
import { FAMILIES } from '../../schemas/events/registry.ts'
import { parseEvent } from '../../schemas/parse.ts'
import { eventOf } from './support/arbitrary-events.ts'
import { EXAMPLES, exampleEvent } from './support/examples.ts'

const NOW_MS = Date.UTC(2026, 5, 1)

function canonicalOf(raw: unknown): Record<string, unknown> {
  const parsed = parseEvent(raw, { tenant: 'demo', zone: 'UTC', now_ms: NOW_MS })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.rejection))
  return JSON.parse(encodeEvent(parsed.event, undefined, 'run'))
}

describe('the shape of a canonical value', () => {
  it.each(FAMILIES.map((family) => [family.type, family] as const))(
    'fits whatever the border takes of %s',
    (type, family) => {
      for (const data of Object.values(EXAMPLES[type]!)) {
        expect(isWellFormed(canonicalOf(exampleEvent(type, data)))).toBe(true)
      }
      let taken = 0
      const property = fc.property(eventOf(type, family.input), (raw) => {
        const { tenant: _, ...event } = raw
        const parsed = parseEvent(event, { tenant: 'demo', zone: 'UTC', now_ms: NOW_MS })
        if (!parsed.ok) return
        taken++
        const canonical = JSON.parse(encodeEvent(parsed.event, undefined, undefined))
        expect(isWellFormed(canonical), JSON.stringify(canonical)).toBe(true)
      })
      fc.assert(property, { numRuns: 400, seed: 99 })
      expect(taken).toBeGreaterThan(20)
    },
  )

  it('fits every event that our own ingest writes, and every field of it is looked at', () => {
    const seen = new Set<string>()
    for (const world of [smallWorld(1), smallWorld(2), createWorld(3, { days: 3 })]) {
      for (const batch of world.closed()) {
        for (const raw of batch) {
          const event = canonicalOf(raw)
          expect(isWellFormed(event), JSON.stringify(event)).toBe(true)
          seen.add(event.type as string)
          // An object in the place of any value must be noticed, except where one belongs.
          for (const field of Object.keys(event.data as object)) {
            const broken = { ...event, data: { ...(event.data as object), [field]: { no: 'such' } } }
            expect(isWellFormed(broken), field).toBe(field === 'click_ids')
          }
        }
      }
    }
    expect([...seen].sort()).toEqual(FAMILIES.map(({ type }) => type).sort())
  })

  it.each([
    ['no object', 7],
    ['an unknown type', { c: 1, type: 'x', data: {} }],
    ['a type from the prototype', { c: 1, type: 'constructor', data: {} }],
    ['a missing envelope', { c: 1, type: 'holiday.observed', data: { country: 'US', day: '2026-01-01', name: 'x' } }],
    ['a reject', { c: 0, tenant: 't' }],
  ])('refuses %s', (_name, value) => {
    expect(isWellFormed(value)).toBe(false)
  })
})
