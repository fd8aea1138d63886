import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeWithHash } from '../../../schemas/canonical.ts'
import { DirectEncoder, roomFor } from '../../../schemas/direct/direct-encoder.ts'
import { LAYOUTS } from '../../../schemas/direct/layouts.ts'
import { compileTypes } from '../../../schemas/direct/types.ts'
import { familyOf } from '../../../schemas/events/registry.ts'
import { identityHash, partitionOf } from '../../../schemas/identity.ts'
import { parseEvent } from '../../../schemas/parse.ts'
import { eventOf, plainEventOf } from '../support/arbitrary-events.ts'
import { EXAMPLES } from '../support/examples.ts'

const context = { tenant: 'acme', zone: 'America/New_York', now_ms: Date.UTC(2026, 0, 2) }
const types = compileTypes()
const RUN = 'import_1'
const PARTITIONS = 7

describe('the direct encoder', () => {
  for (const { type } of LAYOUTS) {
    const { input } = familyOf.get(type)!

    it(`writes ${type} as the long way does, or leaves it`, () => {
      const encoder = new DirectEncoder(types, context, RUN)
      const property = fc.property(eventOf(type, input), (event) => {
        agree(encoder, JSON.stringify(event), RUN)
      })
      fc.assert(property, { numRuns: 1000, seed: 20260102 })
    })

    it(`takes every valid ${type} in usual spellings`, () => {
      const encoder = new DirectEncoder(types, context, RUN)
      let valid = 0
      const property = fc.property(plainEventOf(type, input), (event) => {
        const text = JSON.stringify(event)
        const { ok } = parseEvent(JSON.parse(text), context)
        if (ok) valid++
        expect([text, agree(encoder, text, RUN)]).toStrictEqual([text, ok])
      })
      fc.assert(property, { numRuns: 1000, seed: 20260104 })
      expect(valid).toBeGreaterThan(300)
    })

    it(`takes no damaged ${type}`, () => {
      const encoder = new DirectEncoder(types, context, undefined)
      const full = plainExample(type)
      const event = { id: 'e1', source: 'shop', type, version: 1, occurred_at: '2026-01-01T10:00:00Z', data: full }
      const text = JSON.stringify(event)
      expect(agree(encoder, text.replace('-05:00', 'Z'))).toBe(true)
      const byte = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(...Buffer.from('"\\{}[]:,.-+eE0129 \n\tntf')))
      const change = fc.tuple(fc.nat({ max: text.length - 1 }), fc.constantFrom('put', 'insert', 'cut', 'stop'), byte)
      const property = fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let bytes = Buffer.from(text.replace('-05:00', 'Z'))
        for (const [at, how, value] of changes) {
          const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
          if (how === 'put') bytes = Buffer.concat([head, Buffer.of(value), tail.subarray(1)])
          else if (how === 'insert') bytes = Buffer.concat([head, Buffer.of(value), tail])
          else if (how === 'cut') bytes = Buffer.concat([head, tail.subarray(value % 16)])
          else bytes = head
        }
        agreeBytes(encoder, bytes)
      })
      fc.assert(property, { numRuns: 3000, seed: 20260103 })
    })

    it(`takes the examples of ${type} with spaces and in another order`, () => {
      const encoder = new DirectEncoder(types, context, undefined)
      const full = plainExample(type)
      for (const data of [full, EXAMPLES[type]!.bare, Object.fromEntries(Object.entries(full).reverse())]) {
        const event = { occurred_at: '2026-01-01T10:00:00.5Z', type, source: 'shop', id: 17, data }
        const text = JSON.stringify({ ...event, occurred_at: '2026-01-01T10:00:00Z' }, null, ' ')
        expect(agree(encoder, text.replace('-05:00', 'Z').replaceAll('\n', '\t'))).toBe(true)
      }
    })
  }

  it('leaves what is rare', () => {
    const encoder = new DirectEncoder(types, context, undefined)
    const good =
      '{"id":"e1","source":"shop","type":"touch.recorded","occurred_at":"2026-01-01T10:00:00Z","data":{"kind":"visit","visitor":"v1"}}'
    expect(agree(encoder, good)).toBe(true)
    for (const [from, to] of [
      ['"v1"', '"v\\u0031"'],
      ['"v1"', '"v\u00e9"'],
      ['"v1"', '"v\u007f"'],
      ['"visitor"', '"kind"'],
      ['"visitor"', '"visiting"'],
      ['"visitor"', '"__proto__"'],
      ['"id":"e1"', '"id":01'],
      ['"id":"e1"', '"id":1e2'],
      ['"id":"e1"', '"id":""'],
      ['"id":"e1"', `"id":"${'x'.repeat(257)}"`],
      ['"shop"', '"Shop"'],
      ['2026-01-01', '2026-01-04'],
      ['2026-01-01', '1989-12-31'],
      ['2026-01-01', '2025-02-30'],
      ['"data":', '"tenant":"other","data":'],
      ['"data":', '"version":2,"data":'],
      ['"data":', '"extra":{},"data":'],
      ['"type":"touch.recorded",', ''],
      ['"visitor":"v1"', '"personal":{"email":"a@b.c"}'],
      ['}}', '}'],
      ['}}', '}},'],
    ] as const) {
      expect([to, agree(encoder, good.replace(from, to))]).toStrictEqual([to, false])
    }
  })
})

/** Every field of a type, but what only the long way takes. */
function plainExample(type: string): Record<string, unknown> {
  const { personal: _, click_ids, ...full } = EXAMPLES[type]!.full
  return click_ids === undefined ? full : { ...full, click_ids: { fbclid: 'IwAR' } }
}

function agree(encoder: DirectEncoder, text: string, run?: string): boolean {
  return agreeBytes(encoder, Buffer.from(text), run)
}

/** Whether the encoder took it; where it did, the bytes must be those of the long way. */
function agreeBytes(encoder: DirectEncoder, line: Buffer, run?: string): boolean {
  const src = Buffer.concat([line, Buffer.from('\n')])
  if (encoder.read(src, 0, context.now_ms) !== line.length) return false
  const out = Buffer.alloc(roomFor(line.length))
  const partition = encoder.partition(PARTITIONS)
  const end = encoder.write(out, 5)
  if (end === -1) return false
  const parsed = parseEvent(JSON.parse(line.toString()), context)
  if (!parsed.ok) throw new Error(`taken, but ${JSON.stringify(parsed.rejection)}: ${line}`)
  const { text, h } = encodeWithHash(parsed.event, undefined, run)
  const key = new Uint32Array(4)
  identityHash(parsed.event, key)
  expect(out.toString('utf8', 5, end)).toBe(text)
  expect([...encoder.key]).toStrictEqual([...key])
  expect(encoder.content[0]!.toString(16).padStart(8, '0') + encoder.content[1]!.toString(16).padStart(8, '0')).toBe(h)
  expect(partition).toBe(partitionOf(parsed.event, parsed.event.group, PARTITIONS))
  return true
}
