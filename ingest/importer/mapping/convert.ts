import { quickInstant } from '../../../schemas/quick-fields.ts'
import { dayText, endOfDay, epoch, instantIn, type WallTime, wallTimeReader } from './dates.ts'
import type { ColumnValue } from './format.ts'

/** The value of a cell as an event's field. A cell that does not fit stays as it is, for the schema to refuse. */
export type Convert = (cell: string) => unknown

/** The cell is a local time and nobody said in which zone. */
export const ZONE_MISSING = Symbol('zone missing')

/** @param zone what local times of this column are in; undefined when nothing says it */
export function conversionOf(value: ColumnValue, zone: string | undefined): Convert {
  switch (value.as) {
    case 'text':
      return (cell) => cell
    case 'integer':
      return integer
    case 'decimal':
      return (cell) => cell
    case 'money':
      return money(value.unit ?? 'major')
    case 'boolean':
      return boolean
    case 'day':
      return remembered(day(value.format ?? 'YYYY-MM-DD'))
    case 'instant':
      return value.at === undefined ? instant(value.format, zone) : remembered(edgeOfDay(value, zone))
  }
}

function integer(cell: string): unknown {
  return /^[+-]?\d{1,15}(?:\.0*)?$/.test(cell) ? Number(cell) : cell
}

/** A power of ten moves the point of the decimal text itself, so that no digit can be lost on the way. */
function money(unit: 'major' | 'cents' | 'micros'): Convert {
  if (unit === 'major') return (cell) => cell
  const exponent = unit === 'cents' ? 'e-2' : 'e-6'
  const parts = unit === 'cents' ? 100 : 1_000_000
  // Up to 15 digits the quotient is the double nearest to the decimal, which `parseMoney` takes back exactly.
  return (cell) => (/^-?\d{1,14}$/.test(cell) ? Number(cell) / parts : `${cell}${exponent}`)
}

function boolean(cell: string): unknown {
  if (/^(true|t|yes|1)$/i.test(cell)) return true
  return /^(false|f|no|0)$/i.test(cell) ? false : cell
}

function day(format: string): Convert {
  const read = wallTimeReader(format)
  return (cell) => {
    const wall = read(cell)
    return wall === undefined ? cell : dayText(wall)
  }
}

function edgeOfDay(value: ColumnValue, zone: string | undefined): Convert {
  if (zone === undefined) return () => ZONE_MISSING
  const read = wallTimeReader(value.format ?? 'YYYY-MM-DD')
  return (cell) => {
    const wall = read(cell)
    if (wall === undefined) return cell
    const at_ms = value.at === 'end_of_day' ? endOfDay(zone, wall.day) : instantIn(zone, { ...wall, ms_of_day: 0 })
    return new Date(at_ms).toISOString()
  }
}

function instant(format: string | undefined, zone: string | undefined): Convert {
  if (format === 'epoch_s' || format === 'epoch_ms') {
    return (cell) => {
      const at_ms = epoch(cell, format === 'epoch_s' ? 1000 : 1)
      return at_ms === undefined ? cell : new Date(at_ms).toISOString()
    }
  }
  const read = wallTimeReader(format ?? 'YYYY-MM-DD HH:mm:ss')
  return (cell) => {
    // A time that names its own offset needs no zone of ours.
    if (quickInstant(cell) !== undefined) return cell
    const wall: WallTime | undefined = read(cell)
    if (wall === undefined) return cell
    return zone === undefined ? ZONE_MISSING : new Date(instantIn(zone, wall)).toISOString()
  }
}

/** Days repeat from line to line. A cache of a pure function, bounded. */
function remembered(convert: Convert): Convert {
  const seen = new Map<string, unknown>()
  return (cell) => {
    let value = seen.get(cell)
    if (value === undefined) {
      value = convert(cell)
      if (seen.size > 20_000) seen.clear()
      seen.set(cell, value)
    }
    return value
  }
}
