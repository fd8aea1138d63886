import type { z } from 'zod'
import { FAMILIES } from '../../schemas/events/registry.ts'
import { count, country, currency, day, device, id, instant, money, slug, zone } from '../../schemas/fields.ts'
import { envelope } from '../../schemas/parse.ts'
import { code, page, table } from './markdown.ts'

/** `docs/events.md`: every field of every event type, read from the schemas that judge them. */
export function eventsPage(): string {
  const families = FAMILIES.map(({ input, observed, summary, type, version }) => {
    const again = observed
      ? 'Other content under the same id is a newer observation: the greatest `occurred_at`, then the greatest offset, wins.'
      : 'Other content under the same id is the error `id_conflict`.'
    return `## ${code(type)} (version ${version})\n\n${sentence(summary)} ${again}\n\n${fieldTable(fieldsOf(input))}`
  })
  return page(
    'Events',
    'An event is a JSON object with these outer fields; what `data` holds follows from `type`. A field that is not ' +
      'listed is an error (`unknown_field`), `null` counts as absent, and absent means unknown: nothing is ever filled ' +
      'in with a zero. `GET /v1/schemas` gives the same as JSON Schema.',
    'schemas/events/ and schemas/fields.ts',
    [
      fieldTable(ENVELOPE),
      `## Types of fields\n\n${table(
        ['Type', 'What it is'],
        [...BLOCKS.values()].map(({ name, doc }) => [code(name), doc]),
      )}`,
      ...families,
    ].join('\n\n'),
  )
}

export type FieldRow = {
  readonly path: string
  readonly type: string
  readonly required: string
  readonly meaning: string
}

/** One row per field of an object, those inside of lists and objects behind it. */
export function fieldsOf(schema: z.ZodType, prefix = ''): FieldRow[] {
  return Object.entries(definition(schema).shape ?? {}).flatMap(([name, field]) => {
    const { inner, layers, required } = peel(field)
    const path = `${prefix}${name}`
    const row = { path, type: typeOf(inner), required, meaning: meaningOf(layers) }
    const def = definition(inner)
    if (def.shape !== undefined) return [row, ...fieldsOf(inner, `${path}.`)]
    const element = def.type === 'array' ? def.element! : undefined
    return element !== undefined && definition(element).shape !== undefined
      ? [row, ...fieldsOf(element, `${path}[].`)]
      : [row]
  })
}

type Definition = {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly innerType?: z.ZodType
  readonly element?: z.ZodType
  readonly keyType?: z.ZodType
  readonly entries?: Readonly<Record<string, string>>
  readonly defaultValue?: unknown
}

/** The blocks of `fields.ts`: a schema made from one keeps its definition, whatever is said about it later. */
const BLOCKS: ReadonlyMap<unknown, { readonly name: string; readonly doc: string }> = new Map([
  block(id, 'id', '1 to 256 characters without control characters; a safe integer is taken and kept as text'),
  block(
    money,
    'decimal',
    'string or number; at most 6 decimals, more are rounded half-even; below 2^62 millionths. Money is in major units',
  ),
  block(count, 'count', 'integer from 0 to 2^53 − 1'),
  block(currency, 'currency', 'ISO 4217 code in upper case'),
  block(zone, 'time zone', 'name of the IANA time zone database'),
  block(day, 'day', '`YYYY-MM-DD` from 1990-01-01 to a day ahead of the clock'),
  block(instant, 'instant', 'RFC 3339 time from 1990-01-01 to a day ahead of the clock'),
  block(slug, 'word', 'lower-case letters, digits and underscores, at most 64'),
  block(country, 'country', "ISO 3166-1 alpha-2, or the platform's own code; kept in upper case"),
  block(device, 'device', 'a word of up to 32 characters; kept in lower case'),
])
/** What a transform or a union is, in the words of the reader. */
const NAMES: Readonly<Record<string, string>> = { boolean: 'true or false', pipe: 'decimal', object: 'object' }
const GENERIC: ReadonlySet<string | undefined> = new Set([id, money, day, instant].map((schema) => schema.description))

/** The envelope is judged by hand as much as by its schema; so are its words. */
const OUTER: Readonly<Record<string, Partial<FieldRow>>> = {
  id: { meaning: 'the same id of the same tenant, source and type is the same event' },
  source: {
    type: 'lower-case letters, digits, dot, dash, underscore; at most 64',
    meaning: 'who sends it, such as the name of a shop',
  },
  type: { type: 'text', meaning: 'one of the types below' },
  version: { type: 'integer', meaning: 'version of the type; older ones are lifted, newer ones refused' },
  occurred_at: { type: 'instant', meaning: 'when it happened, or of an observation when it was made' },
  tenant: { type: 'text', meaning: 'may be left out: it follows from the key, and another one is refused' },
  data: { type: 'object', required: 'yes', meaning: 'the fields of the type' },
}
const ENVELOPE: readonly FieldRow[] = fieldsOf(envelope).map((row) => ({ ...row, ...OUTER[row.path] }))

function block(schema: z.ZodType, name: string, doc: string) {
  return [definition(schema), { name, doc }] as const
}

function definition(schema: z.ZodType): Definition {
  return schema._zod.def as unknown as Definition
}

/** Takes off what says that a field may be left out. */
function peel(field: z.ZodType): { inner: z.ZodType; layers: z.ZodType[]; required: string } {
  const layers = [field]
  let required = 'yes'
  for (;;) {
    const inner = layers.at(-1)!
    const def = definition(inner)
    if (BLOCKS.has(def) || def.innerType === undefined) return { inner, layers, required }
    if (def.type === 'default') required = `else ${code(JSON.stringify(def.defaultValue))}`
    else if (required === 'yes') required = ''
    layers.push(def.innerType)
  }
}

function meaningOf(layers: readonly z.ZodType[]): string {
  return layers.map((layer) => layer.description).find((text) => text !== undefined && !GENERIC.has(text)) ?? ''
}

function typeOf(schema: z.ZodType): string {
  const def = definition(schema)
  const known = BLOCKS.get(def)
  if (known !== undefined) return known.name
  if (def.type === 'enum') return Object.values(def.entries!).map(code).join(', ')
  if (def.type === 'array')
    return `list of ${definition(def.element!).shape === undefined ? typeOf(def.element!) : 'objects'}`
  if (def.type === 'record') return `object; keys ${typeOf(def.keyType!)}`
  if (def.type === 'string') return `text, at most ${(schema as z.ZodString).maxLength} characters`
  if (def.type === 'number') return `integer${bounds(schema as z.ZodNumber)}`
  return NAMES[def.type] ?? def.type
}

function bounds({ maxValue, minValue }: z.ZodNumber): string {
  return minValue === null || minValue === Number.MIN_SAFE_INTEGER ? '' : ` ${minValue} to ${maxValue}`
}

function fieldTable(rows: readonly FieldRow[]): string {
  return table(
    ['Field', 'Type', 'Required', 'Meaning'],
    rows.map(({ meaning, path, required, type }) => [code(path), type, required, meaning]),
  )
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
