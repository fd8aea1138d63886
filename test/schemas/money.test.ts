import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { currencyDigits, isCurrency } from '../../schemas/currencies.ts'
import { bigIntToMicros, formatMicros, microsToBigInt, parseMoney } from '../../schemas/money.ts'

const LIMIT = 1n << 62n

describe('parseMoney', () => {
  it.each<[string | number, number | string]>([
    ['12.34', 12_340_000],
    [12.34, 12_340_000],
    ['0', 0],
    ['-0', 0],
    [-0, 0],
    ['-3', -3_000_000],
    ['+3', 3_000_000],
    ['.5', 500_000],
    ['144.', 144_000_000],
    [' 12.5 ', 12_500_000],
    ['000012', 12_000_000],
    ['1e3', 1_000_000_000],
    ['1.5E-3', 1_500],
    ['25e-1', 2_500_000],
    [1e-6, 1],
    [0.1 + 0.2, 300_000],
    // Longer floats: half to even, on the decimal digits.
    ['0.0000005', 0],
    ['0.0000015', 2],
    ['0.0000025', 2],
    ['0.00000250000001', 3],
    ['-0.0000015', -2],
    ['1.0000004999999', 1_000_000],
    [1.00000050000001, 1_000_001],
    ['1e-400', 0],
    ['0e99999', 0],
    // Beyond 2^53 micros the JSON form is text.
    ['9007199254.740991', 9_007_199_254_740_991],
    ['9007199254.740992', '9007199254740992'],
    ['-9007199254.740992', '-9007199254740992'],
    ['4611686018427', '4611686018427000000'],
    ['4611686018427.387903', (LIMIT - 1n).toString()],
    ['-4611686018427.387903', (1n - LIMIT).toString()],
  ])('%j is %j micros', (value, micros) => expect(parseMoney(value)).toEqual({ ok: true, micros }))

  it.each<string | number>([
    '4611686018427.387904',
    '-4611686018427.387904',
    // Rounded up to the limit itself.
    '4611686018427.3879035',
    1e308,
    '1e308',
    '1e99999',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ])('%j is out of range', (value) => expect(parseMoney(value)).toEqual({ ok: false, reason: 'out_of_range' }))

  it.each(['', ' ', '.', '-', '+', 'e5', '1,5', '1 000', '0x10', '1_000', 'NaN', 'Infinity', '--1', '1e', '1e123456'])(
    '%j is not money',
    (value) => expect(parseMoney(value)).toEqual({ ok: false, reason: 'not_money' }),
  )

  it('is what formatMicros undoes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n - LIMIT, max: LIMIT - 1n }), fc.constantFrom(0, 2, 3, 6), (micros, digits) => {
        expect(parseMoney(formatMicros(micros, digits))).toEqual({ ok: true, micros: bigIntToMicros(micros) })
        expect(microsToBigInt(bigIntToMicros(micros))).toBe(micros)
      }),
      { numRuns: 2_000, seed: 62 },
    )
  })

  it('reads a number as it reads the text that JSON writes for it', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e13, max: 1e13 }),
      fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }).map((n) => n / 100),
    )
    fc.assert(
      fc.property(value, (number) => {
        expect(parseMoney(number)).toEqual(parseMoney(JSON.stringify(number)))
      }),
      { numRuns: 5_000, seed: 754 },
    )
  })

  it('rounds long decimals half to even', () => {
    const decimals = fc.stringMatching(/^\d{7,30}$/)
    fc.assert(
      fc.property(fc.nat(1_000_000), decimals, fc.boolean(), (whole, fraction, negative) => {
        const scale = 10n ** BigInt(fraction.length - 6)
        const exact = BigInt(`${whole}${fraction}`)
        const floor = exact / scale
        const twice = (exact % scale) * 2n
        const up = twice > scale || (twice === scale && floor % 2n === 1n)
        const wanted = (floor + (up ? 1n : 0n)) * (negative ? -1n : 1n)
        const result = parseMoney(`${negative ? '-' : ''}${whole}.${fraction}`)
        expect(result).toEqual({ ok: true, micros: bigIntToMicros(wanted) })
      }),
      { numRuns: 2_000, seed: 50 },
    )
  })
})

describe('formatMicros', () => {
  it.each<[bigint, number, string]>([
    [310_400_000n, 2, '310.40'],
    [310_400_000n, 0, '310.4'],
    [310_000_000n, 0, '310'],
    [310_000_000n, 3, '310.000'],
    [1n, 2, '0.000001'],
    [-1n, 2, '-0.000001'],
    [-12_500_000n, 2, '-12.50'],
    [0n, 2, '0.00'],
    [0n, 0, '0'],
  ])('%s with %i digits is %s', (micros, digits, text) => expect(formatMicros(micros, digits)).toBe(text))
})

describe('currencies', () => {
  it.each([
    ['USD', 2],
    ['JPY', 0],
    ['KWD', 3],
  ])('%s has %i digits', (code, digits) => {
    expect(isCurrency(code)).toBe(true)
    expect(currencyDigits(code)).toBe(digits)
  })

  it.each(['usd', 'XXQ', '', 'EURO', 'toString'])('%j is none', (code) => expect(isCurrency(code)).toBe(false))
})
