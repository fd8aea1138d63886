import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FlatReader } from '../../../pipelines/streams/reader.ts'

const NAMES = ['type', 'id', 'time']

/** What a reader says of a text: the values asked for, or the code of what is wrong. */
function read(reader: FlatReader, bytes: Buffer): unknown {
  // Other records stand before and behind it in the same memory.
  const around = Buffer.concat([Buffer.from('{"id":"before"}'), bytes, Buffer.from('","id":"behind"}')])
  const start = around.byteOffset + 15
  const wrong = reader.read(new Uint8Array(around.buffer), start, start + bytes.length)
  if (wrong !== undefined) return wrong.code
  return NAMES.map((_, n) => {
    const [from, to] = [reader.places[n * 2]!, reader.places[n * 2 + 1]!]
    return from === -1 ? null : Buffer.from(reader.bytes.subarray(from, to)).toString('utf8')
  })
}

/** The same by JSON.parse alone. */
function reference(bytes: Buffer): unknown {
  let raw: unknown
  try {
    raw = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return 'invalid_json'
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return 'invalid_event'
  return NAMES.map((name) => {
    const value = (raw as Record<string, unknown>)[name]
    if (typeof value === 'string') return Buffer.from(value).toString('utf8')
    return Number.isSafeInteger(value) ? String(value) : null
  })
}

const value = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[a-z0-9 -]{0,12}$/) },
  { weight: 3, arbitrary: fc.integer() },
  fc.maxSafeInteger(),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom<unknown>(null, true, -0, '"', '\\', '{', [1], { id: 'inner' }),
)
const entry = fc.tuple(fc.constantFrom('type', 'id', 'time', 'other', 'ü', 'a"b'), value)
const blanks = fc.constantFrom('', ' ', '\t', ' \r\n ')
const record = fc
  .tuple(fc.array(entry, { maxLength: 6 }), blanks, blanks)
  .map(([entries, before, after]) =>
    Buffer.from(
      `${before}{${entries
        .map(([name, of]) => `${JSON.stringify(name)}${before}:${after}${JSON.stringify(of)}`)
        .join(`${after},${before}`)}}${after}`,
    ),
  )
/** Some bytes are turned into others: most results are no JSON, some are another object. */
const damaged = fc
  .tuple(
    record,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...Buffer.from('"\\{}[],: 019-.eEtz\u0001\xff', 'latin1')))),
  )
  .map(([bytes, changes]) => {
    const changed = Buffer.from(bytes)
    for (const [at, byte] of changes.slice(0, 3)) changed[at % changed.length] = byte
    return changed
  })

it('says of every record what JSON.parse says, whatever it has read before', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(record, damaged), { minLength: 1, maxLength: 12 }), (records) => {
      const reader = new FlatReader(NAMES)
      // Twice, so that the shapes learned meanwhile are tried on all of them.
      for (const bytes of [...records, ...records]) {
        expect(read(reader, bytes), JSON.stringify(bytes.toString('latin1'))).toEqual(reference(bytes))
      }
    }),
    { seed: 11, numRuns: 1_000 },
  )
})

it('takes the last of two fields of one name, as JSON.parse does', () => {
  const reader = new FlatReader(NAMES)
  for (const text of ['{"id":"a","id":"b"}', '{"id":"c","id":7}', '{"id":7,"id":null}']) {
    expect(read(reader, Buffer.from(text)), text).toEqual(reference(Buffer.from(text)))
  }
})

it('goes on being right when there are more shapes than it keeps', () => {
  const reader = new FlatReader(NAMES)
  for (let n = 0; n < 100; n++) {
    const bytes = Buffer.from(`{"x${n % 20}":"","time":${n},"id":"${n}"}`)
    expect(read(reader, bytes)).toEqual([null, String(n), String(n)])
  }
})

it('knows only the fields it was asked for', () => {
  expect(() => new FlatReader(NAMES).numberOf('other')).toThrow(RangeError)
})
