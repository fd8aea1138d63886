import { describe, expect, it } from 'vitest'
import { addMonths, bucketEnd, comparedRange } from '../../../query-api/metrics/times.ts'
import { formatDay, parseDay } from '../../../schemas/zone.ts'

const day = (text: string) => parseDay(text)!

describe('the range that is compared with', () => {
  it.each([
    ['previous_period', '2025-03-10', '2025-03-17', '2025-03-03', '2025-03-10', { unit: 'day', by: 7 }],
    ['previous_period', '2025-03-01', '2025-04-01', '2025-02-01', '2025-03-01', { unit: 'month', by: 1 }],
    ['previous_period', '2025-01-01', '2025-04-01', '2024-10-01', '2025-01-01', { unit: 'month', by: 3 }],
    ['previous_year', '2024-02-29', '2024-03-01', '2023-02-28', '2023-03-01', { unit: 'year', by: 1 }],
    ['previous_year', '2025-12-15', '2026-01-15', '2024-12-15', '2025-01-15', { unit: 'year', by: 1 }],
  ] as const)('%s of %s to %s is %s to %s', (compare, from, to, first, end, shift) => {
    const compared = comparedRange(day(from), day(to), compare)
    expect([formatDay(compared.range.from!), formatDay(compared.range.to!)]).toEqual([first, end])
    expect(compared.shift).toEqual(shift)
  })
})

describe('calendar', () => {
  it.each([
    ['2025-01-31', 1, '2025-02-28'],
    ['2024-01-31', 1, '2024-02-29'],
    ['2025-03-15', -3, '2024-12-15'],
  ])('%s and %i months', (from, months, to) => expect(formatDay(addMonths(day(from), months))).toBe(to))

  it.each([
    ['day', '2025-01-31', '2025-02-01'],
    ['week', '2025-01-27', '2025-02-03'],
    ['month', '2025-02-01', '2025-03-01'],
    ['hour', '2025-01-31T23:00:00Z', '2025-02-01'],
  ])('the %s %s ends before %s', (unit, label, end) => expect(formatDay(bucketEnd(unit, label))).toBe(end))
})
