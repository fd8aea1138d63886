import type { CreativeDay, CreativeFate } from '../../models/fatigue/day.ts'
import { decimal } from '../decimal.ts'
import { dayOf } from './days.ts'
import { readTable, type TableRow } from './read-table.ts'

/** A day of a creative, and how its file wrote the day. */
export type WrittenDay = CreativeDay & { readonly written_day: string }

/**
 * Days of creatives: `account,creative,day,impressions,clicks,conversions,spend`, day a number or a date, and where there
 * are any `age,reach_cum,hook_views`. An empty cell is unknown, and so is a reach or hook views of −1: platforms write
 * that where there are none. Without `age` a creative's first day is its launch.
 *
 * @param absent is told the columns that the file does without
 * @throws Error naming the file, and the columns it lacks or the line that cannot be read or stands there twice
 */
export async function readCreativeDays(
  file: string,
  absent: (columns: readonly string[]) => void = () => undefined,
): Promise<WrittenDay[]> {
  const rows = await readTable(file, DAY_COLUMNS, NEEDED_COLUMNS)
  const lacking = OPTIONAL_COLUMNS.filter((name) => rows[0] !== undefined && rows[0].cells[name] === undefined)
  if (lacking.length > 0) absent(lacking)
  const days = rows.map((row) => {
    const number = (name: DayColumn) => numberOf(row, name, file)
    return {
      account: needed(row, 'account', file),
      creative: needed(row, 'creative', file),
      day: dayNumber(row, 'day', file),
      written_day: row.cells.day!,
      age: number('age'),
      impressions: number('impressions') ?? 0,
      reach_cum: numberOrNone(row, 'reach_cum', file),
      clicks: number('clicks'),
      conversions: number('conversions'),
      hook_views: numberOrNone(row, 'hook_views', file),
      spend: number('spend'),
    }
  })
  refuseTwice(file, rows, (i) => [days[i]!.account, days[i]!.creative, days[i]!.day], 'account, creative and day')
  const launches = new Map<string, number>()
  for (const { account, creative, day } of days) {
    const id = JSON.stringify([account, creative])
    launches.set(id, Math.min(day, launches.get(id) ?? day))
  }
  return days.map((day) => ({
    ...day,
    age: day.age ?? day.day - launches.get(JSON.stringify([day.account, day.creative]))!,
  }))
}

const NEEDED_COLUMNS = ['account', 'creative', 'day', 'impressions', 'clicks', 'conversions', 'spend'] as const
const OPTIONAL_COLUMNS = ['age', 'reach_cum', 'hook_views'] as const
const DAY_COLUMNS = [...NEEDED_COLUMNS, ...OPTIONAL_COLUMNS] as const
type DayColumn = (typeof DAY_COLUMNS)[number]

/**
 * What became of creatives: `account,creative,launch_day,end_day,onset_age_2x,onset_age_1p5x`, an onset of −1 being none.
 *
 * @throws Error naming the file, and the columns it lacks or the line that cannot be read or stands there twice
 */
export async function readCreativeFates(file: string): Promise<CreativeFate[]> {
  const rows = await readTable(file, FATE_COLUMNS, FATE_COLUMNS)
  const fates = rows.map((row) => ({
    account: needed(row, 'account', file),
    creative: needed(row, 'creative', file),
    launch_day: dayNumber(row, 'launch_day', file),
    end_day: dayNumber(row, 'end_day', file),
    onset_age_2x: numberOrNone(row, 'onset_age_2x', file),
    onset_age_1p5x: numberOrNone(row, 'onset_age_1p5x', file),
  }))
  refuseTwice(file, rows, (i) => [fates[i]!.account, fates[i]!.creative], 'account and creative')
  return fates
}

const FATE_COLUMNS = ['account', 'creative', 'launch_day', 'end_day', 'onset_age_2x', 'onset_age_1p5x'] as const

/** Two rows of one day: which of them is right, or whether they add up, only the writer of the file knows. */
function refuseTwice(
  file: string,
  rows: readonly { readonly line: number }[],
  keyOf: (i: number) => readonly (string | number)[],
  names: string,
): void {
  const lines = new Map<string, number>()
  for (const [i, { line }] of rows.entries()) {
    const key = JSON.stringify(keyOf(i))
    const first = lines.get(key)
    if (first !== undefined) throw new Error(`line ${line} of ${file} repeats the ${names} of line ${first}`)
    lines.set(key, line)
  }
}

function needed<Column extends string>(row: TableRow<Column>, name: Column, file: string): string {
  const text = row.cells[name]
  if (text === undefined || text === '') throw new Error(`line ${row.line} of ${file}: ${name} is needed`)
  return text
}

function dayNumber<Column extends string>(row: TableRow<Column>, name: Column, file: string): number {
  const text = needed(row, name, file)
  const day = /^-?\d+$/.test(text) ? Number(text) : dayOf(text)
  if (day === null) throw new Error(`line ${row.line} of ${file}: "${text}" is no day for ${name}`)
  return day
}

function numberOrNone<Column extends string>(row: TableRow<Column>, name: Column, file: string): number | null {
  return Number(row.cells[name]) === -1 ? null : numberOf(row, name, file)
}

/** Null where the cell is empty or the column absent: unknown. */
function numberOf<Column extends string>(row: TableRow<Column>, name: Column, file: string): number | null {
  const text = row.cells[name]
  if (text === undefined || text === '') return null
  const value = decimal(text)
  if (value === null) throw new Error(`line ${row.line} of ${file}: "${text}" is no number for ${name}`)
  if (value < 0) throw new Error(`line ${row.line} of ${file}: ${name} is ${text}, below zero`)
  return value
}
