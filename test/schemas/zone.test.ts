import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DAY_MS,
  formatDay,
  HOUR_MS,
  instantOf,
  isZone,
  localDay,
  localHourStart,
  parseDay,
  utcOffsetMin,
} from '../../schemas/zone.ts'

const ZONES = [
  'UTC',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'Europe/Berlin',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Gaza',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
]
const zone = fc.constantFrom(...ZONES)
const instant = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2035, 0, 1) })

describe('days', () => {
  it.each([
    ['1970-01-01', 0],
    ['1969-12-31', -1],
    ['2000-02-29', 11_016],
    ['2026-01-01', 20_454],
  ])('%s is day %i', (text, day) => {
    expect(parseDay(text)).toBe(day)
    expect(formatDay(day)).toBe(text)
  })

  it.each(['2025-02-29', '2025-13-01', '2025-00-10', '2025-1-1', '20250101', '2025-01-01T00', '', '2025/01/01'])(
    '%j is none',
    (text) => expect(parseDay(text)).toBeUndefined(),
  )

  it('parse and format are each other’s inverse', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20_000, max: 60_000 }), (day) => {
        expect(parseDay(formatDay(day))).toBe(day)
      }),
      { seed: 1 },
    )
  })
})

describe('zones', () => {
  it('are those of the tz database', () => {
    for (const name of ZONES) expect(isZone(name)).toBe(true)
    for (const name of ['Mars/Base', '', 'New York', 'UTC+25']) expect(isZone(name)).toBe(false)
    expect(() => utcOffsetMin('Mars/Base', 0)).toThrow(RangeError)
  })

  it.each([
    ['America/New_York', '2025-01-15T12:00:00Z', -300],
    ['America/New_York', '2025-07-15T12:00:00Z', -240],
    ['Asia/Kathmandu', '2025-01-15T12:00:00Z', 345],
    ['America/St_Johns', '2025-01-15T12:00:00Z', -210],
    ['Australia/Lord_Howe', '2025-01-15T12:00:00Z', 660],
    ['Australia/Lord_Howe', '2025-07-15T12:00:00Z', 630],
    // The second before and the second of the change.
    ['Europe/Berlin', '2025-03-30T00:59:59Z', 60],
    ['Europe/Berlin', '2025-03-30T01:00:00Z', 120],
    ['Europe/Berlin', '2025-10-26T00:59:59Z', 120],
    ['Europe/Berlin', '2025-10-26T01:00:00Z', 60],
  ])('%s is at %s %i minutes ahead', (name, at, offset) => expect(utcOffsetMin(name, Date.parse(at))).toBe(offset))

  it('say the date and the hour that Intl says, at any instant', () => {
    fc.assert(
      fc.property(zone, instant, (name, at_ms) => {
        const offset = utcOffsetMin(name, at_ms)
        const wall = wallClock(name, at_ms)
        expect(formatDay(localDay(at_ms, offset))).toBe(wall.day)
        const start = localHourStart(at_ms, offset)
        expect(start).toBeLessThanOrEqual(at_ms)
        expect(start).toBeGreaterThan(at_ms - HOUR_MS)
        expect(Math.floor((at_ms - start) / 60_000)).toBe(wall.minute)
      }),
      { numRuns: 1_500, seed: 2025 },
    )
  })
})

describe('instantOf', () => {
  it('finds the first instant that shows a wall-clock time', () => {
    fc.assert(
      fc.property(zone, instant, (name, near_ms) => {
        const at_ms = near_ms - (near_ms % 60_000)
        const { day, minute_of_day } = wallClock(name, at_ms)
        const found = instantOf(name, parseDay(day)!, minute_of_day)
        // At or before the one we came from: an hour that occurs twice is found at its first.
        expect(found).toBeLessThanOrEqual(at_ms)
        expect(at_ms - found).toBeLessThanOrEqual(HOUR_MS)
        const shown = wallClock(name, found)
        expect([shown.day, shown.minute_of_day]).toEqual([day, minute_of_day])
      }),
      { numRuns: 1_500, seed: 26 },
    )
  })

  it.each([
    ['the first of two, Berlin', 'Europe/Berlin', '2025-10-26', 150, '2025-10-26T00:30:00Z'],
    ['the first of two, New York', 'America/New_York', '2025-11-02', 90, '2025-11-02T05:30:00Z'],
    ['a half-hour change, Lord Howe', 'Australia/Lord_Howe', '2025-04-06', 105, '2025-04-05T14:45:00Z'],
  ])('of %s', (_, name, day, minute, at) =>
    expect(new Date(instantOf(name, parseDay(day)!, minute)).toISOString()).toBe(at.replace('Z', '.000Z')),
  )
})

describe('a local day', () => {
  it.each([
    ['Europe/Berlin', '2025-03-30', 23],
    ['Europe/Berlin', '2025-10-26', 25],
    ['America/New_York', '2025-03-09', 23],
    ['America/New_York', '2025-11-02', 25],
    ['America/New_York', '2025-07-04', 24],
    ['Asia/Kathmandu', '2025-07-04', 24],
    // Its clock moves by half an hour: the day has 24.5 hours, which lie in 25 local hours.
    ['Australia/Lord_Howe', '2025-04-06', 25],
  ])('in %s on %s has %i hours', (name, text, hours) => {
    const starts = new Set<number>()
    const day = parseDay(text)!
    for (let at_ms = (day - 1) * DAY_MS; at_ms < (day + 2) * DAY_MS; at_ms += 60_000) {
      const offset = utcOffsetMin(name, at_ms)
      if (localDay(at_ms, offset) === day) starts.add(localHourStart(at_ms, offset))
    }
    expect(starts.size).toBe(hours)
  })
})

/** What Intl shows on the wall: an oracle that shares no arithmetic with the code. */
function wallClock(name: string, at_ms: number) {
  const format = formats.get(name) ?? new Intl.DateTimeFormat('sv-SE', { ...SHORT, timeZone: name })
  formats.set(name, format)
  const [day = '', time = ''] = format.format(at_ms).split(' ')
  const [hour = '', minute = ''] = time.split(':')
  return { day, minute: Number(minute), minute_of_day: Number(hour) * 60 + Number(minute) }
}

const SHORT = { dateStyle: 'short', timeStyle: 'short' } as const
const formats = new Map<string, Intl.DateTimeFormat>()
