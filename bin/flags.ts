import type { Flags } from './command.ts'
import { UsageError } from './usage-error.ts'

/** The text of a flag, or undefined when it was not given. */
export function text(flags: Flags, name: string): string | undefined {
  const value = flags[name]
  return typeof value === 'string' ? value : undefined
}

/** The text of a flag that must be given. */
export function requiredText(flags: Flags, name: string): string {
  const value = text(flags, name)
  if (value === undefined || value === '') throw new UsageError(`--${name} is needed`)
  return value
}

/** Every text of a flag that may be given more than once. */
export function texts(flags: Flags, name: string): readonly string[] {
  const value = flags[name]
  return Array.isArray(value) ? value : []
}

/** Whether a switch was given. */
export function isOn(flags: Flags, name: string): boolean {
  return flags[name] === true
}

/** A whole number, or undefined when the flag was not given. */
export function integer(flags: Flags, name: string, range: { min: number; max: number }): number | undefined {
  const value = text(flags, name)
  if (value === undefined) return undefined
  const number = Number(value)
  if (!/^-?\d+$/.test(value) || number < range.min || number > range.max) {
    throw new UsageError(`--${name} must be a whole number from ${range.min} to ${range.max}, is "${value}"`)
  }
  return number
}
