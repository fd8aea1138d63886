import { DAY_MS, formatDay, instantOf, localDay, parseDay, utcOffsetMin } from '../zone.ts'
import {
  bytesOf,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COMMA,
  copy,
  copyRange,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  writeInteger,
} from './ascii.ts'
import { countAt, timeOfDayAt } from './numbers.ts'
import { ABSENT, NULL, NUMBER, type ObjectScanner, STRING, skipSpace, UNSURE } from './scan.ts'
import type { Days, Moment, Step, Writer } from './steps.ts'

/** `YYYY-MM-DDTHH:MM:SS[.mmm]Z` to ms since 1970. */
export function instantAt(src: Uint8Array, from: number, to: number, days: Days): number {
  if (to - from < 20 || src[from + 10] !== 0x54) return UNSURE
  const time_ms = timeOfDayAt(src, from + 11, to)
  const day = days.find(src, from, from + 10)
  return time_ms === UNSURE || day === UNSURE ? UNSURE : (days.values[day] as number) * DAY_MS + time_ms
}

/** An identifier as a JSON string. */
export function writeId(src: Uint8Array, start: number, end: number, tag: number, out: Uint8Array, at: number): number {
  if (tag === STRING) {
    const length = end - start - 2
    return length === 0 || length > 256 ? UNSURE : copyRange(out, at, src, start, end)
  }
  if (tag !== NUMBER || countAt(src, start, end) === UNSURE) return UNSURE
  out[at] = QUOTE
  const behind = copyRange(out, at + 1, src, start, end)
  out[behind] = QUOTE
  return behind + 1
}

export function writeZone(step: Step, out: Uint8Array, at: number, moment: Moment): number {
  const words = step.words!
  const word = words.find(moment.zone, 0, moment.zone.length)
  if (word === UNSURE) return UNSURE
  moment.zone_name = words.values[word] as string
  return copy(out, at, words.pieces[word]!)
}

export function writePlace(
  step: Step,
  { tags, starts, ends }: ObjectScanner,
  src: Uint8Array,
  out: Uint8Array,
  from: number,
  moment: Moment,
): number {
  const zones = step.other!
  const tag = tags[step.other_slot]
  let word = UNSURE
  if (tag === STRING) word = zones.find(src, starts[step.other_slot]! + 1, ends[step.other_slot]! - 1)
  else if (tag === ABSENT || tag === NULL) word = zones.find(moment.zone, 0, moment.zone.length)
  if (word === UNSURE) return UNSURE
  const offset_min = utcOffsetMin(zones.values[word] as string, moment.at_ms)
  let at = from
  if (tags[step.slot] === STRING) {
    const days = step.words!
    const day = days.find(src, starts[step.slot]! + 1, ends[step.slot]! - 1)
    if (day === UNSURE) return UNSURE
    moment.day = parseDay(days.values[day] as string)!
    at = copy(out, at, days.pieces[day]!)
  } else if (tags[step.slot] === ABSENT || tags[step.slot] === NULL) {
    moment.day = localDay(moment.at_ms, offset_min)
    at = copyText(out, copy(out, at, step.key), formatDay(moment.day))
  } else return UNSURE
  at = writeInteger(out, copy(out, at, OFFSET), offset_min)
  return copy(out, at, zones.pieces[word]!)
}

export function writeHour(
  step: Step,
  src: Uint8Array,
  start: number,
  end: number,
  tag: number,
  out: Uint8Array,
  at: number,
  moment: Moment,
): number {
  const hour = tag === NUMBER ? countAt(src, start, end) : UNSURE
  if (hour === UNSURE || hour > 23) return UNSURE
  return writeInteger(out, copy(out, at, step.key), instantOf(moment.zone_name, moment.day, hour * 60))
}

export function writeList(
  items: Writer,
  src: Uint8Array,
  start: number,
  out: Uint8Array,
  from: number,
  moment: Moment,
  days: Days,
): number {
  if (src[start] !== OPEN_LIST) return UNSURE
  let at = from
  out[at++] = OPEN_LIST
  let place = skipSpace(src, start + 1)
  if (src[place] === CLOSE_LIST) {
    out[at] = CLOSE_LIST
    return at + 1
  }
  for (let n = 0; n < LIST_MAX; n++) {
    place = items.scanner.scan(src, place, nothingNested)
    if (place === UNSURE) return UNSURE
    at = items.write(src, out, at, moment, days)
    if (at === UNSURE) return UNSURE
    place = skipSpace(src, place)
    if (src[place] === CLOSE_LIST) {
      out[at] = CLOSE_LIST
      return at + 1
    }
    if (src[place] !== COMMA) return UNSURE
    out[at++] = COMMA
    place = skipSpace(src, place + 1)
  }
  return UNSURE
}

export function writeSingle(step: Step, src: Uint8Array, start: number, out: Uint8Array, from: number): number {
  const scanner = step.entries!
  if (scanner.scan(src, start, nothingNested) === UNSURE) return UNSURE
  const { tags, starts, ends } = scanner
  let slot = UNSURE
  for (let i = 0; i < tags.length; i++) {
    if (tags[i] === ABSENT) continue
    if (slot !== UNSURE || tags[i] !== STRING) return UNSURE
    slot = i
  }
  if (slot === UNSURE || ends[slot]! - starts[slot]! - 2 > step.length_max) return UNSURE
  out[from] = OPEN_OBJECT
  const at = scanner.writeKey(slot, out, from + 1)
  const end = copyRange(out, at, src, starts[slot]!, ends[slot]!)
  out[end] = CLOSE_OBJECT
  return end + 1
}

const nothingNested = () => UNSURE

function copyText(out: Uint8Array, at: number, text: string): number {
  // A date with its quotes.
  out[at] = QUOTE
  for (let i = 0; i < text.length; i++) out[at + 1 + i] = text.charCodeAt(i)
  out[at + 1 + text.length] = QUOTE
  return at + text.length + 2
}

const OFFSET = bytesOf(',"offset_min":')
/** Longer lists are rare, and below every limit of the schemas. */
const LIST_MAX = 100
