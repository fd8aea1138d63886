import { expect, test } from 'vitest'
import { didYouMean, suggest } from '../../bin/suggest.ts'

test.each([
  ['imprt', 'import'],
  ['IMPORT', 'import'],
  ['rnu', 'run'],
  ['tenant', 'tenants'],
  ['replya', 'replay'],
  ['xyz', null],
  ['', null],
])('%j → %j', (typed, expected) => {
  expect(suggest(typed, ['up', 'run', 'import', 'replay', 'tenants', 'erase', 'world'])).toBe(expected)
})

test('the closest wins, the earlier one among equals', () => {
  expect(suggest('--porl', ['--part', '--port', '--pool'])).toBe('--port')
  expect(suggest('ab', ['ac', 'ad'])).toBe('ac')
})

test('as half a sentence', () => {
  expect(didYouMean('dosc', ['docs'])).toBe('; did you mean docs?')
  expect(didYouMean('dosc', ['up'])).toBe('')
})
