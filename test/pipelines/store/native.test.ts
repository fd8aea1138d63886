import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NativeValue, NumbersBuilder } from '../../../pipelines/store/native/builder.ts'
import { FixedStringBuilder } from '../../../pipelines/store/native/fixed.ts'
import { Int64Builder } from '../../../pipelines/store/native/wide.ts'
import { NativeBlock } from '../../../pipelines/store/native.ts'
import { readNative } from '../../support/read-native.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()

/** What JavaScript can hold exactly: -0 is no integer of ClickHouse's, NaN equals itself here. */
const int = (min: number, max: number) => fc.integer({ min, max })
const int64 = fc.oneof(
  int(-5, 5),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((n) => !Number.isSafeInteger(Number(n))),
)
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ maxLength: 200 }),
  fc.constantFrom('', 'meta', 'é'.repeat(60)),
)
const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((b) => Buffer.from(b))

const TYPES: Readonly<Record<string, fc.Arbitrary<NativeValue>>> = {
  UInt8: int(0, 255),
  Int8: int(-128, 127),
  UInt16: int(0, 65_535),
  Int16: int(-32_768, 32_767),
  UInt32: int(0, 2 ** 32 - 1),
  Int32: int(-(2 ** 31), 2 ** 31 - 1),
  Bool: fc.boolean(),
  Int64: int64,
  UInt64: fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n })),
  Int128: fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }),
  Float64: fc.double().map((n) => (Object.is(n, -0) ? 0 : n)),
  Float32: fc.float().map((n) => (Object.is(n, -0) ? 0 : n)),
  Date: int(0, 65_535),
  Date32: int(-25_567, 120_529),
  DateTime: int(0, 2 ** 32 - 1),
  "DateTime64(3, 'UTC')": int(-2_208_988_800_000, 10_413_791_999_999),
  String: text,
  'FixedString(16)': bytes16,
  'LowCardinality(String)': text,
  'LowCardinality(Nullable(String))': fc.option(text),
  'Nullable(Int64)': fc.option(int64),
  'Nullable(String)': fc.option(text),
  'Nullable(Float64)': fc.option(fc.double({ noNaN: true }).map((n) => (Object.is(n, -0) ? 0 : n))),
  'Nullable(FixedString(16))': fc.option(bytes16),
  'Array(Int64)': fc.array(int64, { maxLength: 4 }),
  'Array(String)': fc.array(text, { maxLength: 4 }),
  'Array(LowCardinality(String))': fc.array(text, { maxLength: 4 }),
  'Array(Nullable(Int32))': fc.array(fc.option(int(-9, 9)), { maxLength: 4 }),
  'Array(Array(UInt8))': fc.array(fc.array(int(0, 9), { maxLength: 3 }), { maxLength: 3 }),
}
const COLUMNS = Object.keys(TYPES).map((type, n) => ({ name: `c${n}`, type }))
const ROWS = fc.array(fc.tuple(...Object.values(TYPES)), { minLength: 1, maxLength: 60 })

function fill(block: NativeBlock, rows: readonly (readonly NativeValue[])[]): void {
  for (const row of rows) for (const [n, value] of row.entries()) block.column(`c${n}`).append(value)
}

function read(bytes: Buffer): NativeValue[][] {
  return readNative(bytes).flatMap(({ rows, columns }) =>
    Array.from({ length: rows }, (_, row) => COLUMNS.map(({ name }) => columns.get(name)!.value(row))),
  )
}

/** FixedStrings come back as views of the same bytes. */
const plain = (rows: readonly (readonly NativeValue[])[]) =>
  rows.map((row) => row.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)))

describe('NativeBlock', () => {
  it('gives back what was put in, block after block of the same builder', () => {
    const block = new NativeBlock(COLUMNS, 2)
    fc.assert(
      fc.property(ROWS, (rows) => {
        fill(block, rows)
        const size = block.bytes()
        const bytes = block.finish()
        expect(bytes.length).toBeGreaterThan(size)
        expect(block.rows).toBe(0)
        expect(plain(read(bytes))).toEqual(plain(rows))
      }),
      { numRuns: 100 },
    )
  })

  it.each([
    ['UInt8', 0, 255],
    ['Int16', -32_768, 32_767],
    ['DateTime', 0, 2 ** 32 - 1],
    ['Int64', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['Int128', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['Nullable(Int64)', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ["Nullable(DateTime('UTC'))", 0, 2 ** 32 - 1],
  ])('takes a column of numbers as it takes them one by one: %s', (type, min, max) => {
    const one = new NativeBlock([{ name: 'n', type }], 2)
    const all = new NativeBlock([{ name: 'n', type }], 2)
    const number = fc.option(fc.oneof(fc.integer({ min: Math.max(min, -9), max: 9 }), fc.constantFrom(min, max)), {
      nil: Number.NaN,
    })
    fc.assert(
      fc.property(fc.array(fc.array(number, { maxLength: 40 }), { maxLength: 4 }), (stretches) => {
        for (const stretch of stretches) {
          const column = all.column('n') as NumbersBuilder
          column.appendNumbers(new Float64Array([...stretch, 77]), stretch.length)
          for (const value of stretch) {
            if (Number.isNaN(value)) one.column('n').appendDefault()
            else one.column('n').append(value)
          }
        }
        expect(all.finish().toString('hex')).toBe(one.finish().toString('hex'))
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ['UInt8', 256],
    ['UInt8', -1],
    ['Int16', 1.5],
    ['DateTime', 2 ** 32],
  ])('refuses a column of numbers with one that the type does not hold: %s %d', (type, value) => {
    const column = new NativeBlock([{ name: 'n', type }], 2).column('n') as NumbersBuilder
    expect(() => column.appendNumbers(new Float64Array([1, value]), 2)).toThrow(RangeError)
  })

  it('is understood by the store, and the store by the reader, for every type', async () => {
    const columns = COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ')
    await test.store.command(`CREATE TABLE every_type (n UInt32, ${columns}) ENGINE = MergeTree ORDER BY n
      SETTINGS allow_suspicious_low_cardinality_types = 1`)
    const block = new NativeBlock([{ name: 'n', type: 'UInt32' }, ...COLUMNS], 4)
    const names = COLUMNS.map(({ name }) => name).join(', ')
    await fc.assert(
      fc.asyncProperty(ROWS, async (rows) => {
        await test.store.command('TRUNCATE TABLE every_type')
        for (let n = 0; n < rows.length; n++) block.column('n').append(n)
        fill(block, rows)
        const inserted = await test.store.insertNative(
          `INSERT INTO every_type (n, ${names}) FORMAT Native`,
          block.finish(),
        )
        expect(inserted.written_rows).toBe(rows.length)
        const { stream } = await test.store.queryRaw(`SELECT ${names} FROM every_type ORDER BY n`, { format: 'Native' })
        expect(plain(read(Buffer.concat(await stream.toArray())))).toEqual(plain(rows))
      }),
      { numRuns: 25 },
    )
  })

  it('says the same to the store as text does', async () => {
    await test.store.command(`CREATE TABLE meaning (day Date, day32 Date32, at DateTime64(3, 'UTC'), platform LowCardinality(String),
      spend_micros Int64, note Nullable(String), tags Array(String), key FixedString(16), total Int128, hash UInt64)
      ENGINE = MergeTree ORDER BY day`)
    const block = new NativeBlock([
      { name: 'hash', type: 'UInt64' },
      { name: 'total', type: 'Int128' },
      { name: 'key', type: 'FixedString(16)' },
      { name: 'tags', type: 'Array(String)' },
      { name: 'note', type: 'Nullable(String)' },
      { name: 'spend_micros', type: 'Int64' },
      { name: 'platform', type: 'LowCardinality(String)' },
      { name: 'at', type: "DateTime64(3, 'UTC')" },
      { name: 'day32', type: 'Date32' },
      { name: 'day', type: 'Date' },
    ])
    block.columnAs('hash', Int64Builder).appendHalves(1, 2)
    block.column('total').append(-3)
    block.columnAs('key', FixedStringBuilder).appendWords(0x64636261, 0x68676665, 0x64636261, 0x68676665)
    block.column('tags').append(['a', 'ü'])
    block.column('note').append(null)
    block.column('spend_micros').append(-(2n ** 62n))
    block.column('platform').append('tiktok')
    block.column('at').append(-1)
    block.column('day32').append(-1)
    block.column('day').append(20_454)
    // Columns go by name, not by place.
    await test.store.insertNative(
      'INSERT INTO meaning (day, day32, at, platform, spend_micros, note, tags, key, total, hash) FORMAT Native',
      block.finish(),
    )
    expect(await test.store.query('SELECT * FROM meaning')).toEqual([
      {
        day: '2026-01-01',
        day32: '1969-12-31',
        at: '1969-12-31T23:59:59.999Z',
        platform: 'tiktok',
        spend_micros: '-4611686018427387904',
        note: null,
        tags: ['a', 'ü'],
        key: 'abcdefghabcdefgh',
        total: '-3',
        hash: '8589934593',
      },
    ])
  })

  it('keeps dictionaries of more than 256 and 65,536 texts', async () => {
    for (const count of [256, 257, 65_536, 65_537]) {
      const block = new NativeBlock([{ name: 'c0', type: 'LowCardinality(String)' }])
      for (let n = 0; n < count; n++) block.column('c0').append(`text ${n}`)
      const bytes = block.finish()
      const [first] = readNative(bytes)
      expect(first!.columns.get('c0')!.value(count - 1)).toBe(`text ${count - 1}`)
      await test.store.command(
        `CREATE OR REPLACE TABLE texts (c0 LowCardinality(String)) ENGINE = MergeTree ORDER BY c0`,
      )
      await test.store.insertNative('INSERT INTO texts FORMAT Native', bytes)
      expect(await test.store.query('SELECT uniqExact(c0) AS n FROM texts')).toEqual([{ n: String(count) }])
    }
  })

  it.each<[string, NativeValue]>([
    ['UInt8', 256],
    ['UInt8', -1],
    ['Int32', 1.5],
    ['Int64', 2 ** 53],
    ['Int64', Number.NaN],
    ['Int64', 2n ** 63n],
    ['UInt64', -1],
    ['Int128', 2n ** 127n],
    ['Date', -1],
    ['Date32', 120_530],
    ['String', 5],
    ['LowCardinality(String)', null],
    ['FixedString(16)', new Uint8Array(15)],
    ['Array(String)', 'text'],
    ['Float64', '1'],
  ])('refuses for %s the value %s', (type, value) => {
    expect(() => new NativeBlock([{ name: 'c0', type }]).column('c0').append(value)).toThrow(RangeError)
  })

  it('refuses columns of different length, unknown names, classes and types, and cut bytes', () => {
    const block = new NativeBlock([
      { name: 'a', type: 'Int8' },
      { name: 'b', type: 'Int8' },
    ])
    block.column('a').append(1)
    expect(() => block.finish()).toThrow('column b has 0 rows, a has 1')
    expect(() => block.column('c')).toThrow('no column c')
    expect(() => block.columnAs('a', Int64Builder)).toThrow('not built by Int64Builder')
    expect(() => new NativeBlock([{ name: 'a', type: 'JSON' }])).toThrow('no native builder for the type JSON')
    block.column('b').append(2)
    const bytes = block.finish()
    expect(() => readNative(bytes.subarray(0, -1))).toThrow('native data ends')
    expect(block.finish()).toHaveLength(0)
  })
})
