import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CanonicalEvent,
  encodeEvent,
  encodeReject,
  encodeWithHash,
  isCanonical,
  type Sealed,
} from '../../schemas/canonical.ts'
import { FAMILIES } from '../../schemas/events/registry.ts'
import { type ParsedEvent, parseEvent } from '../../schemas/parse.ts'
import { EXAMPLES, exampleEvent } from './support/examples.ts'

const context = { tenant: 'acme', zone: 'UTC', now_ms: Date.parse('2026-01-02T00:00:00Z') }
const SEALED: Sealed = { blob: 'nonce-1', hmac: 'ann', email_hmac: 'e', phone_hmac: 'p' }

describe('encodeEvent', () => {
  it.each(FAMILIES.map(({ type }) => type))('%s comes back as it was', (type) => {
    const event = parsed(type)
    const text = encodeEvent(event, SEALED, 'run 1')
    const { tenant, source, version, id, occurred_ms, data } = event
    const { h, ...rest } = JSON.parse(text) as CanonicalEvent
    expect(rest).toEqual({
      c: 1,
      tenant,
      source,
      type,
      version,
      id,
      occurred_ms,
      run: 'run 1',
      data: JSON.parse(JSON.stringify(data)),
      sealed: SEALED,
    })
    expect(h).toMatch(/^[0-9a-f]{16}$/)
    expect(isCanonical(Buffer.from(text))).toBe(true)
    expect(encodeWithHash(event, SEALED, 'run 1')).toEqual({ text, h })
    // Personal data are sealed elsewhere: in the clear they are nowhere in the record.
    for (const secret of ['Example.org', '555', 'Main St', '192.0.2.7']) expect(text).not.toContain(secret)
  })

  it('quotes whatever stands in an id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (id, run) => {
        const text = encodeEvent({ ...parsed('product.observed'), id }, undefined, run)
        expect(JSON.parse(text)).toMatchObject({ id, run })
      }),
      { seed: 34 },
    )
  })
})

describe('the fingerprint', () => {
  const event = parsed('order.observed')
  const print = (change: Partial<ParsedEvent> = {}, sealed: Sealed | undefined = SEALED, run?: string) =>
    encodeWithHash({ ...event, ...change }, sealed, run).h

  it('leaves out the nonce of the encryption and the run', () => {
    expect(print({}, { ...SEALED, blob: 'nonce-2' })).toBe(print())
    expect(print({}, SEALED, 'run 2')).toBe(print())
  })

  it('takes in time, data, version and the person', () => {
    const others = [
      print({ occurred_ms: event.occurred_ms + 1 }),
      print({ version: 2 }),
      print({ data: { ...(event.data as object), total_micros: 1 } }),
      print({}, { ...SEALED, hmac: 'bob' }),
      encodeWithHash(event, undefined, undefined).h,
    ]
    expect(new Set([print(), ...others]).size).toBe(6)
  })

  it('does not depend on the order in which a sender spells its fields', () => {
    const { full } = EXAMPLES['order.observed']!
    const turned = Object.fromEntries(Object.entries(full).reverse())
    const result = parseEvent(exampleEvent('order.observed', turned), context)
    expect(result.ok && encodeWithHash(result.event, SEALED, undefined).h).toBe(print())
  })
})

describe('isCanonical', () => {
  it('knows events and rejects by their first bytes', () => {
    const rejection = { code: 'invalid_field', path: 'id', reason: 'r' } as const
    const text = encodeReject({ tenant: 'acme', source: 's', rejection, raw_sealed: 'x' })
    expect(isCanonical(Buffer.from(text))).toBe(true)
    expect(JSON.parse(text)).toEqual({ c: 0, tenant: 'acme', source: 's', rejection, raw_sealed: 'x' })
  })

  it.each(['', '{}', '{"c":1}', '{"c":2,"x":1}', '{"c":"1","x":1}', ' {"c":1,"x":1}', '{"id":"1","c":1}', '[{"c":1,'])(
    '%j is none',
    (text) => expect(isCanonical(Buffer.from(text))).toBe(false),
  )
})

function parsed(type: string): ParsedEvent {
  const result = parseEvent(exampleEvent(type, EXAMPLES[type]!.full), context)
  if (!result.ok) throw new Error(JSON.stringify(result.rejection))
  return result.event
}
