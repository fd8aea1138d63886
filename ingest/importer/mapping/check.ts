import type { z } from 'zod'
import { isCurrency } from '../../../schemas/currencies.ts'
import { familyOf } from '../../../schemas/events/registry.ts'
import { envelope } from '../../../schemas/parse.ts'
import { isZone } from '../../../schemas/zone.ts'
import { isFormat } from './dates.ts'
import type { Mapping, Value } from './format.ts'

/** What is wrong with a mapping of the right shape, each as `path: problem`. Empty when it can be used. */
export function problemsOf(mapping: Mapping): string[] {
  const problems: string[] = []
  const say = (path: string, text: string) => problems.push(`${path}: ${text}`)
  if (mapping.currency !== undefined && mapping.currency !== 'tenant' && !isCurrency(mapping.currency)) {
    say('currency', 'not an ISO 4217 currency code, nor `tenant`')
  }
  if (mapping.zone !== undefined && mapping.zone !== 'tenant' && !isZone(mapping.zone)) {
    say('zone', 'not an IANA time zone, nor `tenant`')
  }
  if (mapping.envelope) {
    if (mapping.format !== 'ndjson') say('format', 'ready events come as ndjson')
    for (const key of ['source', 'type', 'id', 'occurred_at'] as const) {
      if (mapping[key] !== undefined) say(key, 'not used where each line is a ready event')
    }
    return problems
  }
  if (mapping.format !== 'ndjson' && !mapping.header && mapping.columns === undefined) {
    say('columns', 'needed where the file has no header')
  }
  if (mapping.format !== 'csv' && mapping.delimiter !== ',') say('delimiter', 'only csv has one')
  if (mapping.delimiter === '"' || /[\r\n]/.test(mapping.delimiter)) say('delimiter', 'cannot be a quote or a line end')
  if (mapping.source === undefined) say('source', 'missing')
  else if (!envelope.shape.source.safeParse(mapping.source).success) {
    say('source', 'lower-case letters, digits, dot, dash, underscore; at most 64')
  }
  if (mapping.occurred_at === undefined) say('occurred_at', 'missing')
  checkFields(mapping, say)
  for (const [path, value] of allValues(mapping)) checkValue(path, value, mapping, say)
  return problems
}

/** Every value of a mapping with its path, those inside `first` too. */
export function* allValues(mapping: Mapping): Generator<[path: string, value: Value]> {
  if (mapping.id !== undefined) yield* nested('id', mapping.id)
  if (mapping.occurred_at !== undefined) yield* nested('occurred_at', mapping.occurred_at)
  for (const [field, value] of Object.entries(mapping.data)) yield* nested(`data/${field}`, value)
}

function* nested(path: string, value: Value): Generator<[string, Value]> {
  yield [path, value]
  if ('first' in value) for (const [i, one] of value.first.entries()) yield* nested(`${path}/first/${i}`, one)
}

/** The columns that a value reads. */
export function columnsOf(value: Value): { readonly name: string; readonly optional: boolean }[] {
  if ('column' in value) return [{ name: value.column, optional: value.optional === true }]
  if ('constant' in value) return value.when === undefined ? [] : [{ name: value.when, optional: false }]
  if ('template' in value) return [...value.template.matchAll(PLACE)].map((m) => ({ name: m[1]!, optional: false }))
  return []
}

export const PLACE = /\{([^{}]+)\}/g

type Say = (path: string, text: string) => void

function checkFields(mapping: Mapping, say: Say): void {
  const family = mapping.type === undefined ? undefined : familyOf.get(mapping.type)
  if (family === undefined) {
    say('type', mapping.type === undefined ? 'missing' : `no event type ${JSON.stringify(mapping.type)}`)
    return
  }
  const shape = shapeOf(family.input)
  for (const [field, value] of Object.entries(mapping.data)) {
    const [outer, inner, ...rest] = field.split('.')
    let schema = shape?.[outer!]
    if (schema !== undefined && inner !== undefined) schema = shapeOf(schema)?.[inner]
    if (schema === undefined || rest.length > 0) say(`data/${field}`, `${mapping.type} has no such field`)
    else if ('constant' in value) {
      const result = schema.safeParse(value.constant)
      if (!result.success) say(`data/${field}/constant`, result.error.issues[0]!.message)
    }
  }
  for (const [field, schema] of Object.entries(shape ?? {})) {
    if (!schema.safeParse(undefined).success && !(field in mapping.data)) {
      say(`data/${field}`, `${mapping.type} needs this field`)
    }
  }
}

function checkValue(path: string, value: Value, mapping: Mapping, say: Say): void {
  if ('column' in value) {
    if (value.format !== undefined && !isFormat(value.format)) say(`${path}/format`, 'not a date format')
    if (value.zone !== undefined && !isZone(value.zone)) say(`${path}/zone`, 'not an IANA time zone')
  }
  if (mapping.header || mapping.columns === undefined) return
  for (const { name, optional } of columnsOf(value)) {
    if (!optional && !mapping.columns.includes(name)) say(path, `no column ${JSON.stringify(name)} in columns`)
  }
}

/** The fields of an object schema, also behind nullish. */
function shapeOf(schema: z.ZodType): Record<string, z.ZodType> | undefined {
  const def = schema._zod.def as { innerType?: z.ZodType; shape?: Record<string, z.ZodType> }
  return def.innerType === undefined ? def.shape : shapeOf(def.innerType)
}
