import { DAY_MS, formatDay, instantOf, parseDay } from '../../schemas/zone.ts'
import type { Compare } from './request.ts'

/** Labels from `from` to before `to`, days since 1970; undefined is unbounded. */
export type Range = { readonly from: number | undefined; readonly to: number | undefined }

/** What is added to the time of a row of the compared range, so that it falls into the bucket it is compared with. */
export type Shift = { readonly unit: 'day' | 'month' | 'year'; readonly by: number }

/**
 * The range that a comparison reads, and the shift that puts its rows into the buckets of the range asked for.
 * A range of whole months moves by months (June is compared with May, not with the 30 days before it), every other by
 * its length; a year moves by the calendar, 29 February to 28 February.
 */
export function comparedRange(from: number, to: number, compare: Compare): { range: Range; shift: Shift } {
  if (compare === 'previous_year')
    return { range: { from: addMonths(from, -12), to: addMonths(to, -12) }, shift: { unit: 'year', by: 1 } }
  const months = wholeMonths(from, to)
  if (months !== undefined)
    return { range: { from: addMonths(from, -months), to: from }, shift: { unit: 'month', by: months } }
  return { range: { from: from - (to - from), to: from }, shift: { unit: 'day', by: to - from } }
}

/** A day some months later; the last of the month where that month is shorter. */
export function addMonths(day: number, months: number): number {
  const [year, month, date] = formatDay(day).split('-').map(Number) as [number, number, number]
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate()
  return Date.UTC(year, month - 1 + months, Math.min(date, last)) / DAY_MS
}

function wholeMonths(from: number, to: number): number | undefined {
  const [a, b] = [formatDay(from), formatDay(to)]
  if (!a.endsWith('-01') || !b.endsWith('-01')) return undefined
  return (Number(b.slice(0, 4)) - Number(a.slice(0, 4))) * 12 + Number(b.slice(5, 7)) - Number(a.slice(5, 7))
}

/** The instants, in seconds since 1970, between which the days of a range lie in a zone. */
export function instantsOf(range: Range, zone: string): Range {
  const at = (day: number | undefined) => (day === undefined ? undefined : instantOf(zone, day, 0) / 1000)
  return { from: at(range.from), to: at(range.to) }
}

/** The label of the bucket that a day falls into once it is shifted; undefined for a dimension that is no time. */
export function bucketLabel(dimension: string, day: number, shift: Shift | undefined): string | undefined {
  if (dimension !== 'day' && dimension !== 'week' && dimension !== 'month') return undefined
  const at = shiftedDay(day, shift)
  if (dimension === 'day') return formatDay(at)
  // 1 January 1970 was a Thursday.
  return dimension === 'week' ? formatDay(at - ((at + 3) % 7)) : `${formatDay(at).slice(0, 7)}-01`
}

function shiftedDay(day: number, shift: Shift | undefined): number {
  if (shift === undefined) return day
  return shift.unit === 'day' ? day + shift.by : addMonths(day, shift.unit === 'month' ? shift.by : 12 * shift.by)
}

/** First day after the bucket that a label names. */
export function bucketEnd(dimension: string, label: string): number {
  const day = parseDay(label.slice(0, 10))!
  if (dimension === 'week') return day + 7
  return dimension === 'month' ? addMonths(day, 1) : day + 1
}
