import { DAY_MS, formatDay, instantOf, parseDay } from '../../../schemas/zone.ts'

/**
 * Dates and times as files spell them. A format is text with YYYY, MM, DD, HH, mm, ss in it (`ss` takes a fraction
 * along, all but YYYY take one digit or two where a separator follows), or `epoch_s`, `epoch_ms`.
 */

/** What a cell says; `minute` is undefined for a date without a time. */
export type WallTime = { readonly day: number; readonly ms_of_day: number }

/** Whether a text can be used as a format: a whole date at least. */
export function isFormat(format: string): boolean {
  if (format === 'epoch_s' || format === 'epoch_ms') return true
  return ['YYYY', 'MM', 'DD'].every((token) => format.split(token).length === 2)
}

/** A reader of one format; undefined for a cell that does not follow it or is no date of the calendar. */
export function wallTimeReader(format: string): (text: string) => WallTime | undefined {
  const tokens: string[] = []
  const pattern = format.replace(/YYYY|MM|DD|HH|mm|ss|[.*+?^${}()|[\]\\]/g, (found) => {
    const digits = DIGITS[found]
    if (digits === undefined) return `\\${found}`
    tokens.push(found)
    return digits
  })
  // Without separators every token has its full width, or 1112025 would have two readings.
  const tight = /^[YMDHms]+$/.test(format)
  const regex = new RegExp(`^${tight ? pattern.replaceAll('{1,2}', '{2}') : pattern}$`)
  return (text) => {
    const match = regex.exec(text)
    if (match === null) return undefined
    const part: Record<string, string> = {}
    for (let i = 0; i < tokens.length; i++) part[tokens[i]!] = match[i + 1]!
    const day = parseDay(`${part.YYYY}-${pad(part.MM)}-${pad(part.DD)}`)
    const hour = Number(part.HH ?? 0)
    const minute = Number(part.mm ?? 0)
    // Platforms write up to nanoseconds; we keep whole ms, cut and not rounded, so that no instant moves to a next day.
    const second_ms = Math.floor(Number(part.ss ?? 0) * 1000 + 1e-6)
    if (day === undefined || hour > 23 || minute > 59 || second_ms >= 60_000) return undefined
    return { day, ms_of_day: hour * 3_600_000 + minute * 60_000 + second_ms }
  }
}

/** The instant at which the wall clocks of a zone showed this; the first one where they showed it twice. */
export function instantIn(zone: string, wall: WallTime): number {
  const minute = Math.floor(wall.ms_of_day / 60_000)
  return instantOf(zone, wall.day, minute) + (wall.ms_of_day - minute * 60_000)
}

/** The last ms of a local day: what a report of a day is known by when the file does not say when it was taken. */
export function endOfDay(zone: string, day: number): number {
  return instantOf(zone, day + 1, 0) - 1
}

export function dayText(wall: WallTime): string {
  return formatDay(wall.day)
}

/** Integer seconds or milliseconds since 1970. */
export function epoch(text: string, unit_ms: 1 | 1000): number | undefined {
  if (!/^\d{1,15}(\.\d{1,9})?$/.test(text)) return undefined
  const at_ms = Math.floor(Number(text) * unit_ms)
  return at_ms < 10_000 * 366 * DAY_MS ? at_ms : undefined
}

const DIGITS: Readonly<Record<string, string>> = {
  YYYY: '(\\d{4})',
  MM: '(\\d{1,2})',
  DD: '(\\d{1,2})',
  HH: '(\\d{1,2})',
  mm: '(\\d{1,2})',
  ss: '(\\d{1,2}(?:\\.\\d{1,9})?)',
}

function pad(text: string | undefined): string {
  return (text ?? '').padStart(2, '0')
}
