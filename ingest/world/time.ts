import { DAY_MS, formatDay, instantOf } from '../../schemas/zone.ts'

/** RFC 3339 in UTC with milliseconds. Four times faster than Date#toISOString, which would be a third of all time. */
export function iso(at_ms: number): string {
  const day = Math.floor(at_ms / DAY_MS)
  let rest = at_ms - day * DAY_MS
  const ms = rest % 1000
  rest = (rest - ms) / 1000
  const second = rest % 60
  rest = (rest - second) / 60
  const minute = rest % 60
  const hour = (rest - minute) / 60
  return `${dayText(day)}T${TWO[hour]}:${TWO[minute]}:${TWO[second]}.${THREE[ms]}Z`
}

/** "YYYY-MM-DD" of a day number (days since 1970-01-01). */
export function dayText(day: number): string {
  let text = dayTexts.get(day)
  if (text === undefined) {
    text = formatDay(day)
    dayTexts.set(day, text)
  }
  return text
}

/** 0 is Monday. */
export function weekday(day: number): number {
  return (day + 3) % 7
}

export type LocalHour = { readonly hour: number; readonly start_ms: number; readonly end_ms: number }

/**
 * The wall-clock hours of a local day with the instants that they cover. An hour that the clock skips is not there;
 * one that it repeats is there once and lasts longer, as in the platforms' hourly reports.
 */
export function localHours(zone: string, day: number): readonly LocalHour[] {
  let days = hoursOf.get(zone)
  if (days === undefined) {
    days = new Map()
    hoursOf.set(zone, days)
  }
  let hours = days.get(day)
  if (hours === undefined) {
    const starts = Array.from({ length: 24 }, (_, hour) => instantOf(zone, day, hour * 60))
    starts.push(instantOf(zone, day + 1, 0))
    hours = starts
      .slice(0, 24)
      .map((start_ms, hour) => ({ hour, start_ms, end_ms: starts[hour + 1]! }))
      .filter(({ start_ms, end_ms }) => end_ms > start_ms)
    if (days.size > 2000) days.clear()
    days.set(day, hours)
  }
  return hours
}

/** First instant of a local day. */
export function dayStart(zone: string, day: number): number {
  return localHours(zone, day)[0]!.start_ms
}

const TWO = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'))
const THREE = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'))
// Caches of pure functions; a world touches a few hundred days in a handful of zones.
const dayTexts = new Map<number, string>()
const hoursOf = new Map<string, Map<number, readonly LocalHour[]>>()
