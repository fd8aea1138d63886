/** Time zones: the local date of an instant, and instants of local dates, from the runtime's tz database. */

/** Whether the name is an IANA zone that the runtime knows. */
export function isZone(name: string): boolean {
  if (zones.has(name) || knownZones.has(name)) return true
  try {
    // Costs 45 µs, five times the rest of reading an event.
    new Intl.DateTimeFormat('en', { timeZone: name })
    // Any mixture of cases is a valid spelling, so the set could grow without end.
    if (knownZones.size >= 2_000) knownZones.clear()
    knownZones.add(name)
    return true
  } catch {
    // Intl answers an unknown zone by throwing RangeError; there is no predicate for it.
    return false
  }
}

/** Offset of the zone from UTC at an instant, in minutes (east is positive). Throws RangeError for an unknown zone. */
export function utcOffsetMin(zone: string, at_ms: number): number {
  let days = zones.get(zone)
  if (days === undefined) {
    days = { format: formatter(zone), byDay: new Map() }
    zones.set(zone, days)
  }
  const day = Math.floor(at_ms / DAY_MS)
  let offset = days.byDay.get(day)
  if (offset === undefined) {
    const first = computeOffset(days.format, day * DAY_MS)
    // A day whose two ends agree has no transition in it (no zone changes twice within a day in the tz database).
    offset = first === computeOffset(days.format, (day + 1) * DAY_MS - 1) ? first : null
    if (days.byDay.size > 20_000) days.byDay.clear()
    days.byDay.set(day, offset)
  }
  return offset === null ? computeOffset(days.format, at_ms) : offset
}

/** Local calendar date of an instant as days since 1970-01-01. */
export function localDay(at_ms: number, offset_min: number): number {
  return Math.floor((at_ms + offset_min * 60_000) / DAY_MS)
}

/** Start of the local hour that an instant lies in, as a UTC instant in ms (zones with half-hour offsets included). */
export function localHourStart(at_ms: number, offset_min: number): number {
  const shift = offset_min * 60_000
  return Math.floor((at_ms + shift) / HOUR_MS) * HOUR_MS - shift
}

/** The UTC instant at which a local wall-clock time first occurs; in a gap, the instant the clock jumps to. */
export function instantOf(zone: string, day: number, minute_of_day: number): number {
  const wall = day * DAY_MS + minute_of_day * 60_000
  // Two rounds settle it: the offset at the guess is wrong only across a transition. Try the earlier instant first.
  const before = utcOffsetMin(zone, wall - DAY_MS)
  const after = utcOffsetMin(zone, wall + DAY_MS)
  for (const offset of before >= after ? [before, after] : [after, before]) {
    const at = wall - offset * 60_000
    if (utcOffsetMin(zone, at) === offset) return at
  }
  return wall - before * 60_000
}

/** "YYYY-MM-DD" to days since 1970-01-01, or undefined when it is no calendar date. */
export function parseDay(text: string): number | undefined {
  if (text.length !== 10 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return undefined
  const known = dayNumbers.get(text)
  if (known !== undefined) return known
  const ms = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text) return undefined
  if (dayNumbers.size > 50_000) dayNumbers.clear()
  dayNumbers.set(text, ms / DAY_MS)
  return ms / DAY_MS
}

/** Days since 1970-01-01 to "YYYY-MM-DD". */
export function formatDay(day: number): string {
  let text = dayTexts.get(day)
  if (text === undefined) {
    text = new Date(day * DAY_MS).toISOString().slice(0, 10)
    if (dayTexts.size > 50_000) dayTexts.clear()
    dayTexts.set(day, text)
  }
  return text
}

export const DAY_MS = 86_400_000
export const HOUR_MS = 3_600_000

type Zone = { readonly format: Intl.DateTimeFormat; readonly byDay: Map<number, number | null> }
// Caches of pure functions (the tz database does not change while a process runs); bounded above.
const knownZones = new Set<string>()
const zones = new Map<string, Zone>()
const dayNumbers = new Map<string, number>()
const dayTexts = new Map<number, string>()

function formatter(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  })
}

function computeOffset(format: Intl.DateTimeFormat, at_ms: number): number {
  const part: Record<string, string> = {}
  for (const { type, value } of format.formatToParts(at_ms)) part[type] = value
  const wall = Date.UTC(
    Number(part.year),
    Number(part.month) - 1,
    Number(part.day),
    Number(part.hour),
    Number(part.minute),
    Number(part.second),
  )
  return Math.round((wall - Math.floor(at_ms / 1000) * 1000) / 60_000)
}
