import type { z } from 'zod'
import type { Personal } from '../fields.ts'

/** What is known of the tenant and the moment when an event is read. */
export type ParseContext = {
  readonly tenant: string
  /** The tenant's own zone, used where an event does not say its account's or shop's zone. */
  readonly zone: string
  readonly now_ms: number
}

/** What an event's data become on the log. Absent means unknown; nothing is ever filled in with a zero. */
export type Canonical<D> = {
  readonly data: D
  readonly personal?: Personal | undefined
  /** Whose personal data these are: the key that `omnify erase` destroys. */
  readonly subject?: string | undefined
  /** Instants and days of the data that must lie between 1990 and one day ahead of the clock. */
  readonly times_ms: readonly number[]
}

/** One event type: its schema, how it becomes canonical, and what it shares a partition with. */
export type Family<I extends z.ZodType = z.ZodType, D = unknown> = {
  readonly type: string
  /** Current version of the data schema. */
  readonly version: number
  readonly summary: string
  /** True where a new content under the same id is a newer observation; else it is an `id_conflict`. */
  readonly observed: boolean
  readonly input: I
  canonical(input: z.output<I>, context: ParseContext, id: string): Canonical<D>
  /** Events of one group share a partition. */
  group(id: string, data: D): string
  /** Turns data of version n (key) into data of version n + 1, before the schema sees it. */
  readonly upcasts: Readonly<Record<number, (data: unknown) => unknown>>
}

/** Keeps the exact types of a family while checking its shape. */
export function family<I extends z.ZodType, D>(value: Family<I, D>): Family<I, D> {
  return value
}

/** A copy without the keys whose value is null or undefined, so that absent has one spelling on the log. */
export function known<T extends object>(value: T): Known<T> {
  const out: Record<string, unknown> = {}
  for (const key in value) if (value[key] !== undefined && value[key] !== null) out[key] = value[key]
  return out as Known<T>
}

export type Known<T> = { readonly [K in keyof T]?: Exclude<T[K], null | undefined> }
