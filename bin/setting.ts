import { z } from 'zod'

export type Setting = {
  /** The environment variable; the flag is made from it: OMNIFY_CLICKHOUSE_PORT and --clickhouse-port. */
  readonly env: string
  /** What stands for the value in the help text. */
  readonly value: string
  readonly doc: string
  /** Never printed, not even when it is wrong. */
  readonly secret?: boolean
}

/** What a field of the configuration is called outside, and what it means. */
export const settings = z.registry<Setting>()

export const text = z.string().min(1, 'must not be empty')
export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })

/** A whole number in decimal digits. */
export function count(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`
  return text
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((number) => number >= min && number <= max, message)
}

/** Words with commas between them, each one of these. */
export function listOf<const T extends string>(words: readonly T[]) {
  return text
    .transform((list) => list.split(',').map((word) => word.trim()))
    .pipe(z.array(z.enum(words, { error: `must be one or more of ${words.join(', ')}, with commas` })))
}
