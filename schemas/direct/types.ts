import type { Family } from '../events/family.ts'
import { familyOf } from '../events/registry.ts'
import { UNSURE as NO } from '../quick-fields.ts'
import { parseDay } from '../zone.ts'
import { bytesOf } from './ascii.ts'
import { compileObject } from './compile.ts'
import { LAYOUTS, type Layout } from './layouts.ts'
import type { Writer } from './steps.ts'
import { Words } from './words.ts'

/** The event types that can be written directly. Made once and shared by the encoders of all tenants. */
export type DirectTypes = {
  /** By name; the values are {@link DirectType}s. */
  readonly names: Words
  /** Dates of the calendar; the values are days since 1970. */
  readonly days: Words
  readonly all: readonly DirectType[]
}

export type DirectType = {
  /** Its place in the list. */
  readonly number: number
  readonly family: Family
  readonly layout: Layout
  readonly writer: Writer
  /** `|version||`, behind the time in what is hashed. */
  readonly version: Uint8Array
  /** Slot of the data whose value is the group; undefined for the event's id. */
  readonly group: number | undefined
}

export function compileTypes(): DirectTypes {
  const all = LAYOUTS.map((layout, number): DirectType => {
    const family = familyOf.get(layout.type)!
    const writer = compileObject(family.input, layout.rows)
    const { field } = layout.group
    const group = field === undefined ? undefined : writer.scanner.slotOf(field)
    return { number, family, layout, writer, version: bytesOf(`|${family.version}||`), group }
  })
  const byName = new Map(all.map((type) => [type.layout.type, type]))
  return {
    all,
    names: new Words(undefined, (name) => byName.get(name as string) ?? NO, FEW),
    days: new Words(undefined, (text) => parseDay(text as string) ?? NO),
  }
}

const FEW = 64
