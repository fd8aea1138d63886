import type { ObjectScanner } from './scan.ts'
import type { Words } from './words.ts'

/** How one key of the log is written. */
export type Step = {
  readonly kind: Kind
  readonly slot: number
  /** `,"name":` */
  readonly key: Uint8Array
  /** What is written where the field is absent: nothing, its default, or UNSURE because it must be there. */
  readonly absent: Uint8Array | 'nothing' | 'unsure'
  readonly nullable: boolean
  readonly words: Words | undefined
  /** Of a text its longest length, in characters. */
  readonly length_max: number
  readonly means: 'day' | 'zone' | 'instant' | undefined
  /** The other field that it takes: of a place its zone. */
  readonly other: Words | undefined
  readonly other_slot: number
  readonly items: Writer | undefined
  /** Of a record its names. */
  readonly entries: ObjectScanner | undefined
}

export type Kind =
  | 'word'
  | 'id'
  | 'text'
  | 'count'
  | 'micros'
  | 'instant'
  | 'boolean'
  | 'flag'
  | 'list'
  | 'place'
  | 'hour'
  | 'single'
  | 'slow'

/** Writes an object as it lies on the log, from the slots of its scanner. */
export type Writer = {
  readonly scanner: ObjectScanner
  /** @returns the place behind the object in `out`, or UNSURE; then what lies in `out` means nothing */
  write(src: Uint8Array, out: Uint8Array, from: number, moment: Moment, days: Days): number
}

/** What was read on the way and is needed further on; one of them serves all events. */
export type Moment = {
  /** The tenant's own zone, for events that name none. */
  zone: Uint8Array
  /** Days since 1970 and instant of the event's data, for the check against the clock. */
  day: number
  at_ms: number
  zone_name: string
}

/** Dates of the calendar by their text: shared by all fields that begin with one. */
export type Days = Words
