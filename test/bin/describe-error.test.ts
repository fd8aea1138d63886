import { expect, test } from 'vitest'
import { describeError } from '../../bin/describe-error.ts'

test('the message and the chain of causes', () => {
  const error = new Error('sending failed', { cause: new Error('socket closed', { cause: 'reset' }) })
  expect(describeError(error)).toEqual(['sending failed', 'caused by socket closed', 'caused by reset'])
})

test('several errors behind one, as a failed connect to two addresses', () => {
  const error = new AggregateError([new Error('refused by ::1'), new Error('refused by 127.0.0.1')])
  expect(describeError(error)).toEqual(['refused by ::1; refused by 127.0.0.1'])
})

test('a cause that is its own cause ends', () => {
  const error = new Error('round')
  error.cause = error
  expect(describeError(error)).toEqual(['round'])
})

test('our own mistake shows its stack', () => {
  const lines = describeError(new TypeError('x is not a function'))
  expect(lines[0]).toBe('TypeError: x is not a function')
  expect(lines.some((line) => line.includes('describe-error.test.ts'))).toBe(true)
})

test('a failing dependency does not, though Node makes it a TypeError', () => {
  const refused = Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' })
  expect(describeError(refused)).toEqual(['Invalid URL'])
})

test('what is no error at all', () => {
  expect(describeError('oops')).toEqual(['oops'])
  expect(describeError(undefined)).toEqual(['undefined'])
})
