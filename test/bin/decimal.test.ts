import { expect, test } from 'vitest'
import { decimal } from '../../bin/decimal.ts'

test.each([
  ['1', 1],
  ['-0.5', -0.5],
  ['+3.', 3],
  ['.25', 0.25],
  ['6.02e23', 6.02e23],
])('%s is a number', (text, value) => {
  expect(decimal(text)).toBe(value)
})

test.each(['', ' ', '.', '1,5', '0x10', '0b1', 'NaN', 'Infinity', '1e999', '1_000', '5 €'])('%j is none', (text) => {
  expect(decimal(text)).toBeNull()
})
