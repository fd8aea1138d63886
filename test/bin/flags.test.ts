import { expect, test } from 'vitest'
import { integer, isOn, requiredText, text, texts } from '../../bin/flags.ts'

const FLAGS = { tenant: 'demo', quiet: true, only: ['x', 'y'], seed: '7', big: '1e3', empty: '' }

test('reads what is there', () => {
  expect(text(FLAGS, 'tenant')).toBe('demo')
  expect(text(FLAGS, 'missing')).toBeUndefined()
  expect(requiredText(FLAGS, 'tenant')).toBe('demo')
  expect(texts(FLAGS, 'only')).toEqual(['x', 'y'])
  expect(texts(FLAGS, 'missing')).toEqual([])
  expect(isOn(FLAGS, 'quiet')).toBe(true)
  expect(isOn(FLAGS, 'missing')).toBe(false)
  expect(integer(FLAGS, 'seed', { min: 0, max: 10 })).toBe(7)
  expect(integer(FLAGS, 'missing', { min: 0, max: 10 })).toBeUndefined()
})

test('refuses what is missing or no whole number in range', () => {
  expect(() => requiredText(FLAGS, 'missing')).toThrow('--missing is needed')
  expect(() => requiredText(FLAGS, 'empty')).toThrow('--empty is needed')
  expect(() => integer(FLAGS, 'seed', { min: 8, max: 9 })).toThrow('--seed must be a whole number from 8 to 9, is "7"')
  expect(() => integer(FLAGS, 'big', { min: 0, max: 1e6 })).toThrow('--big must be a whole number')
})
