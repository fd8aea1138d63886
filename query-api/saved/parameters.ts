import { z } from 'zod'
import { NAME_LENGTH_MAX, parseInstant } from '../../schemas/fields.ts'
import { parseDay } from '../../schemas/zone.ts'
import { ApiError } from '../problem.ts'

export const PARAMETER_TYPES = ['text', 'integer', 'number', 'boolean', 'date', 'time'] as const
export type ParameterType = (typeof PARAMETER_TYPES)[number]

type Plain = string | number | boolean
/** What a parameter stands for; null only as a default, for a question that is asked without it. */
export type ParameterValue = Plain | null | readonly Plain[]

const plain = z.union([z.string().max(NAME_LENGTH_MAX), z.number(), z.boolean()])

/** One parameter as it is declared. */
export const parameter = z.strictObject({
  type: z.enum(PARAMETER_TYPES),
  list: z.boolean().default(false).describe('Any number of values; in an address with commas.'),
  values: z.array(plain).min(1).max(200).optional().describe('The only ones that it may have.'),
  default: z
    .union([plain, z.null(), z.array(plain).max(1000)])
    .optional()
    .describe('Without one the parameter must be given.'),
  description: z.string().max(500).optional(),
})
export type Parameter = z.output<typeof parameter>

/** These are the endpoint's own. */
export const RESERVED: readonly string[] = ['format', 'limit', 'cursor', 'version']

/** A name of a parameter: as SQL's placeholders have it. */
export const parameterName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/)
  .refine((name) => !RESERVED.includes(name), `is one of ${RESERVED.join(', ')}`)

/**
 * The values of an address as their types say; defaults where nothing was given.
 *
 * @throws ApiError `bad_parameter` naming the first that is missing, unknown or of another type
 */
export function readParameters(
  declared: Readonly<Record<string, Parameter>>,
  given: Readonly<Record<string, unknown>>,
): Record<string, ParameterValue> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(declared, name)) fail(name, `there is no such parameter; there are ${listOf(declared)}`)
  }
  const values: Record<string, ParameterValue> = {}
  for (const [name, one] of Object.entries(declared)) {
    const text = given[name]
    if (text === undefined) {
      if (one.default === undefined) fail(name, `it has no default and must be given: a ${one.type}`)
      values[name] = one.default as ParameterValue
    } else if (Array.isArray(text) && !one.list) fail(name, 'it stands more than once')
    else values[name] = givenValue(name, one, text)
  }
  return values
}

/** @throws ApiError `bad_parameter` for a declaration that no value could fulfil */
export function checkDeclared(name: string, { default: fallback, list, type, values }: Parameter): void {
  const isOfType = (value: unknown) => typed(type, String(value)) !== undefined
  for (const value of values ?? []) if (!isOfType(value)) fail(name, `${quoted(value)} in \`values\` is not a ${type}`)
  if (fallback === undefined || fallback === null) return
  if (Array.isArray(fallback) !== list)
    fail(name, list ? 'its default must be a list' : 'its default must not be a list')
  for (const value of [fallback].flat()) {
    if (!isOfType(value)) fail(name, `its default ${quoted(value)} is not a ${type}`)
    if (values !== undefined && !values.map(String).includes(String(value)))
      fail(name, `its default ${quoted(value)} is not among its values`)
  }
}

function givenValue(name: string, { list, type, values }: Parameter, given: unknown): ParameterValue {
  const texts = list ? [given].flat().flatMap((text) => (text === '' ? [] : String(text).split(','))) : [String(given)]
  const read = texts.map((text) => {
    const value = typed(type, text)
    if (value === undefined) return fail(name, `${quoted(text)} is not a ${type}`)
    if (values !== undefined && !values.map(String).includes(String(value)))
      return fail(name, `${quoted(text)} is not one of ${values.join(', ')}`)
    return value
  })
  return list ? read : read[0]!
}

/** @returns undefined for what is not of the type */
function typed(type: ParameterType, text: string): Plain | undefined {
  switch (type) {
    case 'text':
      return text.length <= NAME_LENGTH_MAX ? text : undefined
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
    case 'number':
      return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'date':
      return parseDay(text) === undefined ? undefined : text
    case 'time':
      return parseInstant(text) === undefined ? undefined : text
  }
}

function listOf(declared: Readonly<Record<string, Parameter>>): string {
  return Object.keys(declared).join(', ') || 'none'
}

function quoted(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 80))
}

function fail(name: string, detail: string): never {
  throw new ApiError('bad_parameter', `${name}: ${detail}`, { path: name })
}
