import { z } from 'zod'
import { ERRORS, type ErrorCode, PROBLEM_TYPE } from '../../schemas/errors.ts'
import { SCOPES } from '../../schemas/scopes.ts'
import { type Answer, type Content, type Operation, templateOf } from './operation.ts'
import { names, problemSchema } from './schemas.ts'

export type Json = Readonly<Record<string, unknown>>

/** The contract as OpenAPI 3.1. Parameters and bodies are described as they are sent, answers as they come. */
export function openapi(operations: readonly Operation[]): Json {
  const named = new Map<string, Json>()
  const paths: Record<string, Record<string, Json>> = {}
  for (const operation of operations) {
    const path = templateOf(operation.path)
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationOf(operation, named) }
  }
  schemaOf(problemSchema, 'output', named)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Omnify',
      version: '1.0.0',
      description:
        'Events go in; metrics, SQL, alerts and forecasts come out. Every request is one tenant’s, by its key or token. Errors are problem details (RFC 9457) with a code. Answers to a tenant carry `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10).',
    },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries([...named].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: `An API key (\`omk_…\`) or a token (JWT) of the configured issuer, with scopes: ${Object.keys(SCOPES).join(', ')}.`,
        },
      },
    },
  }
}

function operationOf(operation: Operation, named: Map<string, Json>): Json {
  const { answers, body, details, id, in_headers, in_path, in_query, opened_by, summary, tag } = operation
  const isKeyed = opened_by !== 'anybody' && opened_by !== 'signature'
  const parameters = [
    ...parametersOf('path', in_path, named),
    ...parametersOf('query', in_query, named),
    ...parametersOf('header', in_headers, named),
  ]
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(details === undefined ? {} : { description: details }),
    security: isKeyed ? [{ key: [opened_by] }] : [],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body, 'input', named) } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, answerOf(answer, named)])),
      ...problemsOf(operation, named),
    },
  }
}

function parametersOf(place: string, schema: z.ZodObject | undefined, named: Map<string, Json>): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, type]) => ({
    name,
    in: place,
    required: !(type as z.ZodType).safeParse(undefined).success,
    schema: schemaOf(type as z.ZodType, 'input', named),
  }))
}

function answerOf({ content, headers, says }: Answer, named: Map<string, Json>): Json {
  return {
    description: says,
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
          ),
        }),
    ...(content === undefined ? {} : { content: contentOf(content, 'output', named) }),
  }
}

function contentOf(content: Readonly<Record<string, Content>>, io: 'input' | 'output', named: Map<string, Json>): Json {
  const schema = (one: Content): Json =>
    one === 'text' ? { type: 'string' } : one === 'bytes' ? {} : schemaOf(one, io, named)
  return Object.fromEntries(Object.entries(content).map(([type, one]) => [type, { schema: schema(one) }]))
}

/** Errors by status: several codes share one, and an answer with it may be a body of its own kind as well. */
function problemsOf(operation: Operation, named: Map<string, Json>): Json {
  const codes = [...new Set([...(operation.errors ?? []), ...commonErrors(operation)])]
  const byStatus = Object.groupBy(codes, (code) => String(ERRORS[code].status))
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, list]) => {
      const own = operation.answers[Number(status)]
      const content = { ...own?.content, [PROBLEM_TYPE]: problemSchema }
      const says = list!.map((code) => `\`${code}\``).join(', ')
      const answer = { says: own === undefined ? says : `${own.says} Or ${says}`, content }
      return [status, answerOf(answer, named)]
    }),
  )
}

/** What any operation of a kind may answer. */
export function commonErrors({ opened_by, path }: Operation): ErrorCode[] {
  if (!path.startsWith('/v1/')) return ['internal']
  const any = ['bad_request', 'url_too_long', 'headers_too_large', 'overloaded', 'internal'] as const
  if (opened_by === 'anybody' || opened_by === 'signature') return [...any]
  const asked = ['unauthorized', 'forbidden', 'rate_limited', 'identity_unavailable'] as const
  return [...any, ...asked, 'store_unavailable', 'query_timeout']
}

/** A JSON Schema whose named parts are references into `components`, where they are put. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', named: Map<string, Json>): Json {
  const made = z.toJSONSchema(schema, { io, metadata: names, unrepresentable: 'any', target: 'draft-2020-12' })
  const { $defs, $schema: _, ...own } = JSON.parse(withNames(made)) as Json & { $defs?: Record<string, Json> }
  for (const [name, def] of Object.entries($defs ?? {})) named.set(name, withoutId(def))
  const id = names.get(schema)?.id
  if (id === undefined) return own
  // Where it stands among its own definitions, what is left here is a reference to them.
  if (own.$ref === undefined) named.set(id, withoutId(own))
  return { $ref: `#/components/schemas/${id}` }
}

/** Zod numbers definitions that nobody named, in each schema from 0. `z.json()` is one, wherever it is written. */
function withNames(schema: { readonly $defs?: Record<string, unknown> }): string {
  let text = JSON.stringify(schema)
  for (const [name, def] of Object.entries(schema.$defs ?? {})) {
    if (!name.startsWith('__')) continue
    if (shapeOf(name, def) !== ANY_JSON)
      throw new Error('a schema that refers to itself needs a name: register it in `names`')
    text = text.replaceAll(`"${name}"`, '"JsonValue"').replaceAll(`"#/$defs/${name}"`, '"#/$defs/JsonValue"')
  }
  return text.replaceAll('"#/$defs/', '"#/components/schemas/')
}

function shapeOf(name: string, def: unknown): string {
  return JSON.stringify(def).replaceAll(name, 'itself')
}

const ANY_JSON = shapeOf('__schema0', z.toJSONSchema(z.object({ any: z.json() })).$defs!.__schema0)

function withoutId({ id: _, $id: __, ...rest }: Json): Json {
  return rest
}
