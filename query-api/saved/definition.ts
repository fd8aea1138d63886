import { z } from 'zod'
import { parseRequest, requestBody } from '../metrics/request.ts'
import { ApiError } from '../problem.ts'
import { SQL_LIMITS } from '../sql/limits.ts'
import { checkDeclared, type ParameterValue, parameter, parameterName } from './parameters.ts'

/** A name is part of an address. */
export const queryName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'is a-z, 0-9, _ and -, at most 64')

/** The body of `PUT /v1/queries/{name}`. In `metrics` any value may be `{"parameter": "name"}`; SQL has `{name:Type}`. */
export const savedQuery = z.strictObject({
  description: z.string().max(1000).optional(),
  parameters: z
    .record(parameterName, parameter)
    .refine((all) => Object.keys(all).length <= 50, 'are at most 50')
    .default({}),
  metrics: z.record(z.string(), z.json()).optional(),
  sql: z.string().max(SQL_LIMITS.sql_bytes_max).optional(),
})
export type SavedQuery = z.output<typeof savedQuery>

/**
 * @throws ApiError `bad_request`, `bad_parameter`, and what the question itself is refused with where its parameters
 *   have defaults: an endpoint that cannot be asked is not saved
 */
export function parseDefinition(body: unknown): SavedQuery {
  const parsed = savedQuery.safeParse(body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    const at = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path
    throw new ApiError('bad_request', `${at.join('/') || 'body'}: ${issue.message}`, { path: at.join('/') })
  }
  const definition = parsed.data
  const { metrics, parameters, sql } = definition
  if ((metrics === undefined) === (sql === undefined))
    throw new ApiError('bad_request', 'a query has either `metrics` or `sql`', { path: 'metrics' })
  for (const [name, one] of Object.entries(parameters)) checkDeclared(name, one)
  const used = metrics === undefined ? usedInSql(sql!) : usedInMetrics(metrics)
  for (const name of used)
    if (!Object.hasOwn(parameters, name))
      throw new ApiError('bad_parameter', `${name}: it is used, and not declared`, { path: name })
  for (const name of Object.keys(parameters))
    if (!used.has(name)) throw new ApiError('bad_parameter', `${name}: it is declared, and not used`, { path: name })
  if (metrics !== undefined) checkMetrics(metrics, parameters)
  return definition
}

/** Pure: the question with values in the places of its parameters. A field whose value is null is left out. */
export function fillMetrics(
  metrics: Readonly<Record<string, unknown>>,
  values: Readonly<Record<string, ParameterValue>>,
): Record<string, unknown> {
  return filled(metrics, values) as Record<string, unknown>
}

function filled(value: unknown, values: Readonly<Record<string, ParameterValue>>): unknown {
  const name = referenceIn(value)
  if (name !== undefined) return values[name]
  if (Array.isArray(value)) return value.map((one) => filled(one, values))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, values)]))
}

function referenceIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { parameter: name, ...rest } = value as Record<string, unknown>
  return typeof name === 'string' && Object.keys(rest).length === 0 ? name : undefined
}

function usedInMetrics(value: unknown): Set<string> {
  const name = referenceIn(value)
  if (name !== undefined) return new Set([name])
  if (typeof value !== 'object' || value === null) return new Set()
  return new Set(Object.values(value).flatMap((one) => [...usedInMetrics(one)]))
}

/** Placeholders as the gate knows them: a name, a colon and a type in braces. Texts and comments may look like one. */
function usedInSql(sql: string): Set<string> {
  return new Set([...sql.matchAll(/\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*:/g)].map(([, name]) => name!))
}

function checkMetrics(metrics: Readonly<Record<string, unknown>>, parameters: SavedQuery['parameters']): void {
  for (const key of ['cursor', 'limit'] as const)
    if (key in metrics && referenceIn(metrics[key]) !== undefined)
      throw new ApiError('bad_request', `${key} is given with the run, under its own name`, { path: `metrics/${key}` })
  for (const key of Object.keys(metrics))
    if (!Object.hasOwn(requestBody.shape, key))
      throw new ApiError('bad_request', `metrics/${key}: there is no such field`, { path: `metrics/${key}` })
  const all = Object.entries(parameters)
  if (all.some(([, one]) => one.default === undefined)) return
  parseRequest(
    fillMetrics(metrics, Object.fromEntries(all.map(([name, one]) => [name, one.default as ParameterValue]))),
  )
}
