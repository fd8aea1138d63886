import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decimalOfMicros, divideHalfEven, integer } from '../../../query-api/metrics/exact.ts'

describe('exact arithmetic', () => {
  it.each([
    [5n, 2n, 2n],
    [7n, 2n, 4n],
    [-5n, 2n, -2n],
    [-7n, 2n, -4n],
    [5n, -2n, -2n],
    [1n, 3n, 0n],
    [2n, 3n, 1n],
    [-1n, 3n, 0n],
    [-2n, 3n, -1n],
    [10n ** 40n + 1n, 2n, 5n * 10n ** 39n],
  ])('%s / %s is %s, ties to even', (a, b, quotient) => expect(divideHalfEven(a, b)).toBe(quotient))

  it('is never further than half from the truth, and even where it is half', () => {
    fc.assert(
      fc.property(
        fc.bigInt(),
        fc.bigInt().filter((b) => b !== 0n),
        (a, b) => {
          const q = divideHalfEven(a, b)
          const twice = 2n * (a - q * b)
          const [size, whole] = [twice < 0n ? -twice : twice, b < 0n ? -b : b]
          expect(size <= whole).toBe(true)
          if (size === whole) expect(q % 2n).toBe(0n)
        },
      ),
    )
  })

  it('shows counts as numbers while a double holds them', () => {
    expect(integer(2n ** 53n - 1n)).toBe(9007199254740991)
    expect(integer(2n ** 53n)).toBe('9007199254740992')
    expect(decimalOfMicros(3_000_000n)).toBe(3)
    expect(decimalOfMicros(1_500_000n)).toBe(1.5)
    expect(decimalOfMicros(100_001n)).toBe(0.100001)
  })
})
