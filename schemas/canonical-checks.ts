import { DAY_MAX, NAME_LENGTH_MAX, TIME_MIN_MS } from './fields.ts'
import { parseDay } from './zone.ts'

/** What a field of a canonical value may be: looser than the border, strict enough that every row can be written. */
export type Check = (value: unknown) => boolean
export type Shape = Readonly<Record<string, Check>>

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const text: Check = (value) => typeof value === 'string' && value.length <= NAME_LENGTH_MAX
export const word: Check = (value) =>
  typeof value === 'string' && value.length > 0 && value.length <= 512 && !CONTROL.test(value)
export const integer: Check = (value) => Number.isSafeInteger(value)
export const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
export const flag: Check = (value) => typeof value === 'boolean'
export const date: Check = (value) => {
  const number = typeof value === 'string' ? parseDay(value) : undefined
  return number !== undefined && number >= 0 && number <= DAY_MAX
}
export const offset: Check = (value) => Number.isSafeInteger(value) && Math.abs(value as number) < 1_500
// ClickHouse's DateTime ends in 2106.
export const instant: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) >= TIME_MIN_MS && (value as number) < 4_290_000_000_000
export const micros: Check = (value) =>
  Number.isSafeInteger(value) ||
  (typeof value === 'string' && /^-?\d{1,19}$/.test(value) && BigInt(value) < LIMIT && BigInt(value) > -LIMIT)
export const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
export const list =
  (shape: Shape): Check =>
  (value) =>
    Array.isArray(value) && value.length <= 1_000 && value.every((item) => isObject(item) && fits(shape, item))

/** Whether the value has every field of the shape; fields that the shape does not name are left alone. */
export function fits(shape: Shape, value: Readonly<Record<string, unknown>>): boolean {
  for (const field in shape) if (!shape[field]!(value[field])) return false
  return true
}

const LIMIT = 1n << 62n
const CONTROL = /[\u0000-\u001f\u007f]/
