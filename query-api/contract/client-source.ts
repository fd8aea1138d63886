import type { Json } from './openapi.ts'
import { type Operation, templateOf } from './operation.ts'

/**
 * The types of the client as TypeScript: a type per schema, and per operation what it takes and gives. A line each, since
 * nobody reads them but compilers and editors.
 *
 * @param document  what `openapi` makes of the operations
 */
export function clientSource(operations: readonly Operation[], document: Json): string {
  const paths = document.paths as Record<string, Record<string, Described>>
  const { schemas } = document.components as { schemas: Record<string, Json> }
  const described = operations.map((operation) => ({
    operation,
    is: paths[templateOf(operation.path)]![operation.method.toLowerCase()]!,
  }))
  return [
    '// Made from query-api/contract by `npm run docs`; edit that, not this.',
    '',
    ...Object.entries(schemas).map(
      ([name, schema]) => `${comment(schema)}export type ${typeName(name)} = ${typeOf(schema)}`,
    ),
    '',
    '/** What each operation takes and gives. */',
    'export type Operations = {',
    ...described.map(({ is, operation }) => `  ${doc(operation)}${operation.id}: ${shapeOf(operation, is)}`),
    '}',
    '',
    '/** Method and address of each operation. */',
    'export const ROUTES = {',
    ...operations.map(({ id, method, path }) => `  ${id}: ['${method}', '${templateOf(path)}'],`),
    '} as const satisfies Readonly<Record<keyof Operations, readonly [method: string, path: string]>>',
    '',
  ].join('\n')
}

type Described = {
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: Json }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Json }>> }
  readonly responses: Readonly<Record<string, { content?: Readonly<Record<string, { schema: Json }>> }>>
}

function shapeOf({ answers, body }: Operation, { parameters = [], requestBody, responses }: Described): string {
  const places = ['path', 'query', 'header'].flatMap((place) => {
    const own = parameters.filter((parameter) => parameter.in === place)
    if (own.length === 0) return []
    const optional = own.every(({ required }) => !required)
    const fields = own.map(({ name, required, schema }) => `${key(name)}${required ? '' : '?'}: ${typeOf(schema)}`)
    return [`${place}${optional ? '?' : ''}: { ${fields.join('; ')} }`]
  })
  if (body !== undefined) {
    const sent = Object.values(requestBody!.content).map(({ schema }) => typeOf(schema))
    places.push(`body: ${[...new Set(sent)].join(' | ')}`)
  }
  // A job is only the answer of who asks for one (`Prefer: respond-async`), and that takes `raw`.
  const statuses = Object.keys(answers).filter((status) => status !== '202' || answers[200] === undefined)
  const given = statuses.map((status) => {
    const json = responses[status]!.content?.['application/json']
    return json === undefined ? 'undefined' : typeOf(json.schema)
  })
  return `{ takes: { ${places.join('; ')} }; gives: ${[...new Set(given)].join(' | ')} }`
}

/** A JSON Schema of zod's making as a type. What it cannot say (a pattern, a bound) is not in the type. */
function typeOf(schema: Json): string {
  const { $ref, additionalProperties, anyOf, const: constant, enum: words, items, oneOf, prefixItems, type } = schema
  if (typeof $ref === 'string') return typeName($ref.replace('#/components/schemas/', ''))
  if (constant !== undefined) return JSON.stringify(constant)
  if (Array.isArray(words)) return words.map((word) => JSON.stringify(word)).join(' | ')
  const union = (anyOf ?? oneOf) as readonly Json[] | undefined
  if (union !== undefined) return [...new Set(union.map(typeOf))].join(' | ')
  if (Array.isArray(prefixItems)) return `[${prefixItems.map((one) => typeOf(one as Json)).join(', ')}]`
  if (Array.isArray(type)) return type.map((one) => typeOf({ ...schema, type: one as string })).join(' | ')
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type
    case 'number':
    case 'integer':
      return 'number'
    case 'array':
      return `ReadonlyArray<${items === undefined ? 'unknown' : typeOf(items as Json)}>`
    case 'object':
      return objectOf(schema, additionalProperties)
    default:
      return 'unknown'
  }
}

function objectOf({ properties = {}, required = [] }: Json, more: unknown): string {
  const needed = new Set(required as readonly string[])
  const fields = Object.entries(properties as Record<string, Json>).map(
    ([name, schema]) => `${key(name)}${needed.has(name) ? '' : '?'}: ${typeOf(schema)}`,
  )
  const isOpen = more !== undefined && more !== false
  // Beside named fields the others are not described: their type must hold for the named ones too.
  if (isOpen) fields.push(`[name: string]: ${fields.length > 0 || more === true ? 'unknown' : typeOf(more as Json)}`)
  return fields.length === 0 ? 'Record<string, never>' : `{ ${fields.join('; ')} }`
}

/** `order.observed` as `OrderObserved`. */
function typeName(name: string): string {
  return name.replaceAll(/(?:^|[._-])([a-z])/g, (_all, letter: string) => letter.toUpperCase())
}

function key(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)
}

function comment({ description }: Json): string {
  return typeof description === 'string' ? `/** ${closed(description)} */\n` : ''
}

function doc({ details, method, path, summary }: Operation): string {
  return `/** ${closed([summary, details].filter(Boolean).join('. '))} (\`${method} ${templateOf(path)}\`) */\n  `
}

function closed(text: string): string {
  return text.replaceAll('*/', '* /').replaceAll('\n', ' ')
}
