import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FAMILIES } from '../../schemas/events/registry.ts'
import { parseEvent } from '../../schemas/parse.ts'
import { quickInstant } from '../../schemas/quick-fields.ts'
import { parseEventQuick, quickEvent } from '../../schemas/quick-parse.ts'
import { eventOf } from './support/arbitrary-events.ts'

const context = { tenant: 'acme', zone: 'America/New_York', now_ms: Date.UTC(2026, 0, 2) }
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
