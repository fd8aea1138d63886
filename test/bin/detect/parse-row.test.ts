import { describe, expect, test } from 'vitest'
import { isHeader, parseRow } from '../../../bin/detect/parse-row.ts'

const NOON_S = Date.parse('2026-01-31T12:00:00Z') / 1000

describe('times', () => {
  test.each([
    ['2026-01-31 12:00:00', NOON_S],
    ['2026-01-31T12:00:00', NOON_S],
    ['2026-01-31T12:00:00Z', NOON_S],
    ['2026-01-31T12:00', NOON_S],
    ['2026-01-31 13:00:00+01:00', NOON_S],
    ['2026-01-31 13:00:00 +0100', NOON_S],
    ['2026-01-31T12:00:00.250Z', NOON_S + 0.25],
    ['2026-01-31 12:00:00.000000', NOON_S],
    ['2026-01-31', NOON_S - 43_200],
    [String(NOON_S), NOON_S],
    [String(NOON_S * 1000), NOON_S],
    ['-86400.5', -86_400.5],
    ['"2026-01-31 12:00:00"', NOON_S],
    [' "1769860800" ', NOON_S],
  ])('%s', (text, time_s) => {
    expect(parseRow(`${text},1`)).toEqual({ kind: 'row', row: { time_s, value: 1 } })
  })
})

describe('values', () => {
  test.each([
    ['1', 1],
    ['-0.5', -0.5],
    ['+3.', 3],
    ['.25', 0.25],
    ['6.02e23', 6.02e23],
    [' 7 ', 7],
    ['"7"', 7],
    [' " 7" ', 7],
  ])('%s', (text, value) => {
    expect(parseRow(`0,${text}`)).toEqual({ kind: 'row', row: { time_s: 0, value } })
  })
})

test.each<[string, RegExp]>([
  ['hello', /has 1 fields/],
  ['2026-01-31 12:00:00,1,2', /has 3 fields/],
  ['yesterday,1', /"yesterday" is neither a date/],
  ['2026-02-30 12:00:00,1', /neither a date/],
  ['2026-01-31 25:00:00,1', /neither a date/],
  ['31/01/2026,1', /neither a date/],
  ['0,', /the value is missing/],
  ['0,abc', /"abc" is not a finite number/],
  ['0,NaN', /not a finite number/],
  ['0,Infinity', /not a finite number/],
  ['0,1e999', /not a finite number/],
  ['0,0x10', /not a finite number/],
  ['0,"1,5"', /"1,5" is not a finite number/],
  ['0,"1', /quotes do not match/],
  ['0,1"', /quotes do not match/],
  ['"0"1,1', /quotes do not match/],
  ['', /has 1 fields/],
  ['0,1,', /has 3 fields/],
  [',', /"" is neither a date/],
  [`0,${'9'.repeat(400)}`, /"9{40}…" is not a finite number/],
])('refuses %s', (line, reason) => {
  const parsed = parseRow(line)
  expect(parsed).toEqual({ kind: 'error', reason: expect.stringMatching(reason) })
})

test.each([
  ['timestamp,value', true],
  ['"time","cpu %"', true],
  ['"time,"cpu"', false],
  ['ts, my_value', true],
  ['2026-01-31,5', false],
  ['0,NaN', false],
  ['timestamp,5', false],
  ['timestamp', false],
  ['a,b,c', false],
])('is %s a header: %s', (line, expected) => {
  expect(isHeader(line)).toBe(expected)
})
