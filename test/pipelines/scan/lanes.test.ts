import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWorld, smallWorld } from '../../../ingest/world/world.ts'
import { Blocks } from '../../../pipelines/facts/blocks.ts'
import { ScannedRows } from '../../../pipelines/facts/columns/scanned.ts'
import { Selection } from '../../../pipelines/facts/columns/selection.ts'
import { dayOf, factRows } from '../../../pipelines/facts/rows/registry.ts'
import { head, type RowContext, tail } from '../../../pipelines/facts/rows/row.ts'
import { RecordBatch } from '../../../pipelines/log/record-batch.ts'
import { DAY_SLOT, ENVELOPE, FAMILIES, H_SLOT, type ScannedType } from '../../../pipelines/scan/families.ts'
import type { Layout } from '../../../pipelines/scan/layout.ts'
import { Scanner } from '../../../pipelines/scan/scanner.ts'
import { Words } from '../../../pipelines/scan/words.ts'
import { kindOf } from '../../../pipelines/windows/cell-key.ts'
import { CHANGE, Changes } from '../../../pipelines/windows/changes.ts'
import { contributionOf } from '../../../pipelines/windows/contributors.ts'
import { ScannedContributions } from '../../../pipelines/windows/scanned.ts'
import { type CanonicalEvent, encodeEvent, type Sealed } from '../../../schemas/canonical.ts'
import { isWellFormed } from '../../../schemas/canonical-shape.ts'
import { familyOf } from '../../../schemas/events/registry.ts'
import { identityHash } from '../../../schemas/identity.ts'
import { parseEvent } from '../../../schemas/parse.ts'
import { identities } from '../../../schemas/tables.ts'
import { WINDOW_SETS } from '../../../schemas/windows.ts'
import { eventOf } from '../../schemas/support/arbitrary-events.ts'
import { EXAMPLES, exampleEvent } from '../../schemas/support/examples.ts'

const NOW_MS = Date.UTC(2026, 5, 1)
const TYPES = Object.keys(FAMILIES) as ScannedType[]
const SEALED: Sealed = { blob: 'AbC-_9', hmac: 'h1', email_hmac: 'e1', phone_hmac: 'p1' }

/** What both lanes say of a list of canonical values. */
describe('reading events from bytes', () => {
  it.each(TYPES)('says the same as reading them from JSON: %s', (type) => {
    let scanned = 0
    const one = fc.tuple(eventOf(type, familyOf.get(type)!.input), fc.constantFrom(undefined, SEALED), fc.boolean())
    const property = fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), (events) => {
      const texts = events.flatMap(([{ tenant: _, ...raw }, sealed, hasRun]) => {
        const parsed = parseEvent(raw, { tenant: 'demo', zone: 'UTC', now_ms: NOW_MS })
        return parsed.ok ? [encodeEvent(parsed.event, sealed, hasRun ? 'run-1' : undefined)] : []
      })
      scanned += expectSame(texts)
    })
    fc.assert(property, { numRuns: 400, seed: 20261123 })
    // Much of what it makes has escapes, which are left to JSON.
    expect(scanned).toBeGreaterThan(40)
  })

  it('takes every example and the events of the worlds, all of them', () => {
    for (const type of TYPES) {
      for (const [name, data] of Object.entries(EXAMPLES[type]!)) {
        const texts = [canonical(exampleEvent(type, data))]
        expect(expectSame(texts), `${type} ${name}`).toBe(1)
      }
    }
    for (const world of [smallWorld(1), createWorld(3, { days: 3 })]) {
      const texts: string[] = []
      for (const batch of world.closed()) {
        for (const raw of batch) if ((raw as { type: string }).type in FAMILIES) texts.push(canonical(raw))
      }
      expect(texts.length).toBeGreaterThan(500)
      for (let at = 0; at < texts.length; at += 500) {
        const part = texts.slice(at, at + 500)
        expect(expectSame(part)).toBe(part.length)
      }
    }
  })

  it.each(TYPES)('takes nothing that is no event, whatever byte of it is changed: %s', (type) => {
    // Click ids are an object, of which only our own log can be sure that it is in our spelling.
    const texts = Object.values(EXAMPLES[type]!).map((data) => canonical(exampleEvent(type, data)))
    const text = texts.find((one) => !one.includes('click_ids'))
    const scanner = new Scanner(new Words(), false, 16)
    let taken = 0
    for (let at = 0; at < text!.length; at++) {
      for (const byte of ['"', '\\', '}', '0', '9', 'a', ',', '-', ' ', '\u0001', '\u007f', '\u00e9']) {
        scanner.rewind()
        const value = Buffer.from(text!.slice(0, at) + byte + text!.slice(at + 1), 'latin1')
        if (scan(scanner, value) === undefined) continue
        taken++
        // No JSON.parse error, and a shape that the slow lane takes too.
        expect(isWellFormed(JSON.parse(value.toString('utf8'))), value.toString('latin1')).toBe(true)
      }
      scanner.rewind()
      expect(scan(scanner, Buffer.from(text!.slice(0, at))), `cut at ${at}`).toBeUndefined()
    }
    expect(taken).toBeGreaterThan(100)
  })

  it('leaves to JSON what is out of range, of another order, or not in our spelling', () => {
    const text = canonical(exampleEvent('order.observed', Object.values(EXAMPLES['order.observed']!)[0]!))
    const scanner = new Scanner(new Words(), true, 16)
    const refused = (changed: string) => {
      expect(changed).not.toBe(text)
      expect(scan(scanner, Buffer.from(changed)), changed).toBeUndefined()
    }
    expect(scan(scanner, Buffer.from(text))).toBe(FAMILIES['order.observed'])
    refused(text.replace(/"total_micros":\d+/, '"total_micros":1234567890123456'))
    refused(text.replace(/"total_micros":\d+/, '"total_micros":"4611686018427387904"'))
    refused(text.replace(/"total_micros":\d+/, '"total_micros":01'))
    refused(text.replace(/"total_micros":\d+/, '"total_micros":1.5'))
    refused(text.replace(/"day":"[^"]*"/, '"day":"2026-02-30"'))
    refused(text.replace(/"occurred_ms":\d+/, '"occurred_ms":1'))
    refused(text.replace('"version":1', '"version": 1'))
    refused(text.replace('"order.observed"', '"order.unknown"'))
    refused(text.replace('{"c":1,', '{"c":0,'))
    refused(`${text} `)
    refused(text.replace(/("currency":"[^"]*"),("total_micros":\d+)/, '$2,$1'))
    expect(scanner.events.rows).toBe(1)
  })

  it('goes on after its words were forgotten, and with more of them than there was room for', () => {
    const words = new Words()
    const many = Array.from({ length: 5_000 }, (_, n) => `word ${n} äö`)
    expect(many.map((text) => words.ofText(text))).toEqual(many.map((_, n) => n + 1))
    expect(many.map((text) => words.textOf(words.ofText(text)))).toEqual(many)
    words.clear()
    expect(words.ofText('another')).toBe(1)
    expect(words.ofText('')).toBe(0)
    expect(words.textOf(1)).toBe('another')
  })
})

/** As records lie in what was read of the log: with others before and behind them. */
function scan(scanner: Scanner, value: Buffer): Layout | undefined {
  return scanner.scan(Buffer.concat([Buffer.from('"}'), value, Buffer.from('}",1')]), 2, 2 + value.length)
}

function canonical(raw: unknown): string {
  const parsed = parseEvent(raw, { tenant: 'demo', zone: 'UTC', now_ms: NOW_MS })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.rejection))
  return encodeEvent(parsed.event, undefined, undefined)
}

const PLACE = { topic: 'omnify.events', partition: 3 }

/** Expects both lanes to agree on every value that the scanner takes. @returns how many it takes */
function expectSame(texts: readonly string[]): number {
  const words = new Words()
  const scanner = new Scanner(words, true, 4)
  const contributions = new ScannedContributions(words)
  const records = new RecordBatch()
  const events: CanonicalEvent[] = []
  const layouts: Layout[] = []
  for (const text of texts) {
    const value = Buffer.from(`"}${text}}",1`).subarray(2, -4)
    const layout = scanner.scan(new Uint8Array(value.buffer), value.byteOffset, value.byteOffset + value.length)
    if (layout === undefined) continue
    layouts.push(layout)
    events.push(JSON.parse(text))
    records.push({ offset: 70 + records.length, timestamp_ms: NOW_MS + records.length, key: null, value })
  }
  expect(scanner.events.rows).toBe(events.length)
  for (const [n, event] of events.entries()) {
    const { slots, width } = scanner.events
    const slot = (at: number) => slots[n * width + at]!
    expect(slot(DAY_SLOT)).toBe(dayOf(event))
    expect(slot(ENVELOPE.slotOf('occurred_ms'))).toBe(event.occurred_ms)
    expect(BigInt(slot(H_SLOT)) * 2n ** 32n + BigInt(slot(H_SLOT + 1))).toBe(BigInt(`0x${event.h}`))
    const [got, expected] = [new Changes(), new Changes()]
    contributions.add(layouts[n]!, scanner.events, n, got, -1, 70 + n, NOW_MS)
    const contribution = contributionOf(event, dayOf(event))
    if (contribution !== undefined) expected.add(contribution, -1, 70 + n, NOW_MS)
    expect(plain(got)).toEqual(plain(expected))
  }
  expect(scannedBlocks(scanner, words, records, layouts, events)).toEqual(decodedBlocks(records, events))
  return events.length
}

function plain({ count, keys, places, slots, tenants }: Changes) {
  const values = [...slots.subarray(0, count * (CHANGE.values + (places[0]?.length ?? 0)))]
  return {
    count,
    values,
    places,
    tenants,
    keys: keys.map((key) => [
      key.labels,
      ...WINDOW_SETS.map((set) => {
        const { at, labels, words } = key.in(set, kindOf(set))
        return [labels, [...words.subarray(at, at + 4)]]
      }),
    ]),
  }
}

function scannedBlocks(
  scanner: Scanner,
  words: Words,
  records: RecordBatch,
  layouts: readonly Layout[],
  all: readonly CanonicalEvent[],
) {
  const blocks = new Blocks()
  const rows = new ScannedRows(blocks)
  const { children, events } = scanner
  const source = { ...PLACE, records, hashes: hashesOf(all), words, events, children }
  for (const layout of new Set(layouts)) {
    const selected = new Selection()
    for (const [n, one] of layouts.entries()) if (one === layout) selected.add(n, n, 0, 0)
    rows.write(layout, source, selected)
  }
  return bodies(blocks)
}

/** The rows of the slow lane, in the order of the fast one: type by type. */
function decodedBlocks(records: RecordBatch, events: readonly CanonicalEvent[]) {
  const blocks = new Blocks()
  const hashes = new Uint8Array(hashesOf(events).buffer)
  for (const type of new Set(events.map((event) => event.type))) {
    for (const [n, event] of events.entries()) {
      if (event.type !== type) continue
      const { offset, timestamp_ms } = records.at(n)
      const hash = hashes.subarray(n * 16, n * 16 + 16)
      const context: RowContext = { event, hash, received_ms: timestamp_ms, day: dayOf(event), ...PLACE, offset }
      let row = 0
      factRows(context, (table, middle) => blocks.add(table, head(context), middle, tail(context, row++)))
      const identity = [hash, BigInt(`0x${event.h}`), event.tenant, event.type, context.day, event.occurred_ms]
      blocks.add(identities, identity, tail(context, 0))
    }
  }
  return bodies(blocks)
}

function hashesOf(events: readonly CanonicalEvent[]): Uint32Array {
  const hashes = new Uint32Array(events.length * 4)
  for (const [n, event] of events.entries()) identityHash(event, hashes.subarray(n * 4, n * 4 + 4))
  return hashes
}

function bodies(blocks: Blocks): Record<string, string> {
  return Object.fromEntries(
    blocks
      .finish()
      .map(({ table, body }) => [table.name, body.toString('latin1')] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
