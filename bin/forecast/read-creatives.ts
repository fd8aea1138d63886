import type { CreativeDay, CreativeFate } from '../../models/fatigue/day.ts'
import { dayOf } from './days.ts'
import { readTable, type TableRow } from './read-table.ts'

/** A day of a creative, and how its file wrote the day. */
export type WrittenDay = CreativeDay & { readonly written_day: string }

/**
 * Days of creatives: `account,creative,day,age,impressions,reach_cum,clicks,conversions,hook_views,spend`, day a number
 * or a date. A number that is missing, empty or negative is unknown; without `age` a creative's first day is its launch.
 *
 * @throws Error with the number of the line that cannot be read
 */
export async function readCreativeDays(file: string): Promise<WrittenDay[]> {
  const rows = await readTable(file, DAY_COLUMNS, ['account', 'creative', 'day', 'impressions'])
  const days = rows.map((row) => {
    const number = (name: (typeof DAY_COLUMNS)[number]) => numberOf(row, name, file)
    return {
      account: needed(row, 'account', file),
      creative: needed(row, 'creative', file),
      day: dayNumber(row, file),
      written_day: row.cells.day!,
      age: number('age'),
      impressions: number('impressions') ?? 0,
      reach_cum: number('reach_cum'),
      clicks: number('clicks'),
      conversions: number('conversions'),
      hook_views: number('hook_views'),
      spend: number('spend'),
    }
  })
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

const DAY_COLUMNS = [
  'account',
  'creative',
  'day',
  'age',
  'impressions',
  'reach_cum',
  'clicks',
  'conversions',
  'hook_views',
  'spend',
] as const

/**
 * What became of creatives: `account,creative,launch_day,end_day,onset_age_2x,onset_age_1p5x`, an onset of −1 being none.
 *
 * @throws Error with the number of the line that cannot be read
 */
export async function readCreativeFates(file: string): Promise<CreativeFate[]> {
  const rows = await readTable(file, FATE_COLUMNS, FATE_COLUMNS)
  return rows.map((row) => {
    const day = (name: 'launch_day' | 'end_day') => {
      const value = numberOf(row, name, file)
      if (value === null) throw new Error(`line ${row.line} of ${file}: ${name} is needed`)
      return value
    }
    return {
      account: needed(row, 'account', file),
      creative: needed(row, 'creative', file),
      launch_day: day('launch_day'),
      end_day: day('end_day'),
      onset_age_2x: numberOf(row, 'onset_age_2x', file),
      onset_age_1p5x: numberOf(row, 'onset_age_1p5x', file),
    }
  })
}

const FATE_COLUMNS = ['account', 'creative', 'launch_day', 'end_day', 'onset_age_2x', 'onset_age_1p5x'] as const

function needed<Column extends string>(row: TableRow<Column>, name: Column, file: string): string {
  const text = row.cells[name]
  if (text === undefined || text === '') throw new Error(`line ${row.line} of ${file}: ${name} is needed`)
  return text
}

function dayNumber(row: TableRow<'day'>, file: string): number {
  const text = needed(row, 'day', file)
  const day = /^-?\d+$/.test(text) ? Number(text) : dayOf(text)
  if (day === null) throw new Error(`line ${row.line} of ${file}: "${text}" is no day`)
  return day
}

/** Platforms write −1, nothing, or leave the column out where a number is not known. */
function numberOf<Column extends string>(row: TableRow<Column>, name: Column, file: string): number | null {
  const text = row.cells[name]
  if (text === undefined || text === '') return null
  const value = Number(text)
  if (!Number.isFinite(value)) throw new Error(`line ${row.line} of ${file}: "${text}" is no number for ${name}`)
  return value < 0 ? null : value
}
