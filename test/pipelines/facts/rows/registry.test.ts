import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Blocks } from '../../../../pipelines/facts/blocks.ts'
import { dayOf, factRows } from '../../../../pipelines/facts/rows/registry.ts'
import { head, type RowContext, tail } from '../../../../pipelines/facts/rows/row.ts'
import { type CanonicalEvent, encodeEvent } from '../../../../schemas/canonical.ts'
import { FAMILIES } from '../../../../schemas/events/registry.ts'
import { parseEvent } from '../../../../schemas/parse.ts'
import { FACT_TABLES } from '../../../../schemas/tables.ts'
import { formatDay, parseDay } from '../../../../schemas/zone.ts'
import { eventOf } from '../../../schemas/support/arbitrary-events.ts'
import { type Data, EXAMPLES, exampleEvent } from '../../../schemas/support/examples.ts'
import { readNative } from '../../../support/read-native.ts'

const CONTEXT = { tenant: 'acme', zone: 'UTC', now_ms: Date.parse('2026-01-02T00:00:00Z') }
const SEALED = { blob: 'sealed', hmac: 'h', email_hmac: 'e', phone_hmac: 'p' }

/** Rows of an event by table, through the blocks that carry them into the store and back out of their bytes. */
function rowsOf(event: CanonicalEvent): Record<string, Record<string, unknown>[]> {
  const blocks = new Blocks()
  const context: RowContext = {
    event,
    hash: new Uint8Array(16).fill(7),
    received_ms: 1_767_300_000_123,
    day: dayOf(event),
    topic: 'omnify.events',
    partition: 3,
    offset: 1_000_000_007,
  }
  let row = 0
  factRows(context, (table, middle) => blocks.add(table, head(context), middle, tail(context, row++)))
  const out: Record<string, Record<string, unknown>[]> = {}
  for (const { table, body, rows } of blocks.finish()) {
    const [block] = readNative(body)
    expect([...block!.columns].map(([name, { type }]) => ({ name, type }))).toEqual(table.columns)
    out[table.name] = Array.from({ length: rows }, (_, at) =>
      Object.fromEntries([...block!.columns].map(([name, column]) => [name, column.value(at)])),
    )
  }
  return out
}

function onTheLog(type: string, data: Data): CanonicalEvent {
  const result = parseEvent(exampleEvent(type, data), CONTEXT)
  if (!result.ok) throw new Error(JSON.stringify(result.rejection))
  return JSON.parse(encodeEvent(result.event, result.event.personal && SEALED, 'run 1'))
}

describe('every family', () => {
  it.each(FAMILIES.map(({ type }) => type))('%s has rows that fit its tables, full and bare', (type) => {
    for (const data of [EXAMPLES[type]!.full, EXAMPLES[type]!.bare]) {
      const tables = rowsOf(onTheLog(type, data))
      const all = Object.values(tables).flat()
      expect(all.length).toBeGreaterThan(0)
      for (const row of all) {
        expect(row).toMatchObject({
          tenant: 'acme',
          source: 'shop',
          run: 'run 1',
          _partition: 3,
          _offset: 1_000_000_007,
        })
      }
      // One number per row of the record, without a gap, whatever the table: verification compares (_offset, _row).
      expect(all.map((row) => row._row).sort((a, b) => Number(a) - Number(b))).toEqual(all.map((_, at) => at))
    }
  })

  // A value that the border takes and no row can hold would stop the pipeline for good.
  it.each(FAMILIES.map((family) => [family.type, family] as const))(
    '%s: whatever the border takes can be written',
    (type, family) => {
      let taken = 0
      const property = fc.property(eventOf(type, family.input), ({ tenant: _, ...raw }) => {
        const parsed = parseEvent(raw, CONTEXT)
        if (!parsed.ok) return
        taken++
        expect(Object.keys(rowsOf(JSON.parse(encodeEvent(parsed.event, undefined, undefined))))).not.toEqual([])
      })
      fc.assert(property, { numRuns: 400, seed: 16 })
      expect(taken).toBeGreaterThan(20)
    },
  )

  it('writes all tables between them', () => {
    const written = FAMILIES.flatMap(({ type }) => Object.keys(rowsOf(onTheLog(type, EXAMPLES[type]!.full))))
    expect([...new Set(written)].sort()).toEqual(FACT_TABLES.map(({ name }) => name).sort())
  })

  it('leaves nothing known in the full examples behind', () => {
    for (const { type } of FAMILIES) {
      const [main] = Object.values(rowsOf(onTheLog(type, EXAMPLES[type]!.full)))
      const empty = Object.entries(main![0]!).filter(([, value]) => value === '' || value === null)
      expect(empty, type).toEqual([])
    }
  })

  it('makes up nothing in the bare examples: no amount is zero that nobody sent', () => {
    for (const { type } of FAMILIES) {
      for (const row of Object.values(rowsOf(onTheLog(type, EXAMPLES[type]!.bare))).flat()) {
        const zeros = Object.entries(row).filter(([name, value]) => name.endsWith('_micros') && value === 0)
        expect(
          zeros.map(([name]) => name),
          type,
        ).toEqual(type === 'order.observed' ? ['total_micros'] : [])
      }
    }
  })

  it('is refused when nobody wrote rows for it', () => {
    const event = { ...onTheLog('product.observed', EXAMPLES['product.observed']!.bare), type: 'weather.observed' }
    expect(() => rowsOf(event)).toThrow('no fact table for weather.observed')
  })
})

describe('values', () => {
  it('of an order and its lines', () => {
    const { fact_orders, fact_order_lines } = rowsOf(onTheLog('order.observed', EXAMPLES['order.observed']!.full))
    expect(fact_orders![0]).toMatchObject({
      total_micros: 107_310_000,
      discount_micros: 500_000,
      status: 'cancelled',
      test: 1,
      customer: '4711',
      creative: 'C12',
      email_hmac: 'e',
      personal: 'sealed',
      utc_offset_min: -300,
    })
    expect(fact_order_lines).toMatchObject([
      { line: 'l1', product: 'p1', quantity: 2, price_micros: 45_000_000, discount_micros: 500_000 },
      { line: '', product: 'p2', quantity: 1, price_micros: 0, discount_micros: null },
    ])
  })

  it('of delivery: what is unknown is null', () => {
    const { fact_delivery } = rowsOf(onTheLog('ad_delivery.observed', EXAMPLES['ad_delivery.observed']!.bare))
    expect(fact_delivery![0]).toMatchObject({
      impressions: null,
      spend_micros: null,
      hour_start: null,
      slice: 'account|',
    })
  })

  it('beyond 2^53 stay exact', () => {
    const data = { ...EXAMPLES['order.observed']!.bare, total: '4611686018427.387903' }
    expect(rowsOf(onTheLog('order.observed', data)).fact_orders![0]!.total_micros).toBe(2n ** 62n - 1n)
  })

  it('are filed under their own day where they have one, else under the UTC day they occurred on', () => {
    expect(formatDay(dayOf(onTheLog('order.observed', EXAMPLES['order.observed']!.full)))).toBe('2025-12-31')
    expect(dayOf(onTheLog('product.observed', EXAMPLES['product.observed']!.bare))).toBe(parseDay('2026-01-01'))
  })
})
