import type { z } from 'zod'
import { count, currency, day, decimal, id, instant, money, textMaxOf, zone } from '../fields.ts'
import { quickCheck } from '../quick-fields.ts'
import { bytesOf } from './ascii.ts'
import type { Row } from './layouts.ts'
import { ObjectWriter } from './object-writer.ts'
import { ObjectScanner } from './scan.ts'
import type { Kind, Step } from './steps.ts'
import { Words } from './words.ts'

/**
 * The writer for an object of this schema in this layout. How a field is read follows from its schema.
 *
 * @throws Error where layout and schema name different fields: our own mistake
 */
export function compileObject(schema: z.ZodType, rows: readonly Row[]): ObjectWriter {
  const shape = definition(schema).shape!
  const scanner = new ObjectScanner(Object.keys(shape))
  const used = new Set<string>()
  const steps = rows.map((row) => {
    const field = fieldOf(row)
    if (shape[field] === undefined) throw new Error(`the layout names a field ${field} that the schema has not`)
    used.add(field)
    if ('place' in row) used.add('time_zone')
    return stepOf(row, field, shape, scanner)
  })
  for (const field of Object.keys(shape)) if (!used.has(field)) throw new Error(`the layout leaves out ${field}`)
  return new ObjectWriter(scanner, steps)
}

type Definition = {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly innerType?: z.ZodType
  readonly element?: z.ZodType
  readonly defaultValue?: unknown
  readonly keyType?: z.ZodType
  readonly valueType?: z.ZodType
  readonly entries?: Readonly<Record<string, string>>
}

function definition(schema: z.ZodType): Definition {
  return schema._zod.def as unknown as Definition
}

/** The words of an enum. */
function namesOf(schema: z.ZodType): string[] {
  return Object.values(definition(schema).entries!)
}

function fieldOf(row: Row): string {
  if ('field' in row) return row.field
  if ('flag' in row) return row.flag
  if ('list' in row) return row.list
  if ('place' in row) return row.place
  if ('single' in row) return row.single
  return 'hour' in row ? row.hour : row.slow
}

function stepOf(row: Row, field: string, shape: Readonly<Record<string, z.ZodType>>, scanner: ObjectScanner): Step {
  const name = keyOf(row, field)
  const { inner, optional, nullable, fallback } = unwrap(shape[field]!)
  const kind = kindOf(row, inner)
  const key = bytesOf(`,"${name}":`)
  const place = 'place' in row
  const unset = fallback === undefined ? 'nothing' : bytesOf(`,"${name}":${JSON.stringify(fallback)}`)
  return {
    kind,
    slot: scanner.slotOf(field),
    key,
    absent: optional ? unset : 'unsure',
    nullable,
    words: kind === 'word' || place ? new Words(`,"${name}":`, quickCheck(inner)) : undefined,
    length_max: textMaxOf('single' in row ? definition(inner).valueType! : inner) ?? 0,
    means: 'field' in row ? row.means : undefined,
    other: place ? new Words(',"time_zone":', quickCheck(unwrap(shape.time_zone!).inner)) : undefined,
    other_slot: place ? scanner.slotOf('time_zone') : 0,
    items: 'list' in row ? compileObject(definition(inner).element!, row.rows) : undefined,
    entries: 'single' in row ? new ObjectScanner(namesOf(definition(inner).keyType!)) : undefined,
  }
}

function keyOf(row: Row, field: string): string {
  if ('place' in row) return 'day'
  if ('hour' in row) return 'hour_ms'
  return 'field' in row ? (row.key ?? field) : field
}

function kindOf(row: Row, schema: z.ZodType): Kind {
  if ('flag' in row) return 'flag'
  if ('list' in row) return 'list'
  if ('place' in row) return 'place'
  if ('hour' in row) return 'hour'
  if ('single' in row) return 'single'
  if ('slow' in row) return 'slow'
  const known = KINDS.get(schema._zod.def)
  if (known !== undefined) return known
  if (textMaxOf(schema) !== undefined) return 'text'
  const { type } = schema._zod.def
  if (type === 'boolean') return 'boolean'
  if (type === 'string' || type === 'enum' || type === 'pipe') return 'word'
  throw new Error(`the layout has a ${type} that cannot be written directly`)
}

const KINDS: ReadonlyMap<unknown, Kind> = new Map<unknown, Kind>([
  [id._zod.def, 'id'],
  [money._zod.def, 'micros'],
  [decimal._zod.def, 'micros'],
  [count._zod.def, 'count'],
  [instant._zod.def, 'instant'],
  [currency._zod.def, 'word'],
  [zone._zod.def, 'word'],
  [day._zod.def, 'word'],
])

/** The schema behind optional, nullable and default. */
function unwrap(schema: z.ZodType) {
  let inner = schema
  let optional = false
  let nullable = false
  let fallback: unknown
  for (;;) {
    const def = definition(inner)
    if (def.type === 'optional') optional = true
    else if (def.type === 'nullable') nullable = true
    else if (def.type === 'default') {
      optional = true
      fallback = def.defaultValue
    } else return { inner, optional, nullable, fallback }
    inner = def.innerType!
  }
}
