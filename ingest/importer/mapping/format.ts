import { z } from 'zod'

/**
 * The language of mappings: how the columns of a file become the fields of an event. A mapping is data (JSON), is
 * checked before anything is read, and has no code in it.
 */

/** One value of an event: exactly one of the five forms. */
export type Value = ColumnValue | ConstantValue | TemplateValue | SettingValue | FirstValue
export type ColumnValue = z.output<typeof columnValue>
export type ConstantValue = z.output<typeof constantValue>
export type TemplateValue = z.output<typeof templateValue>
export type SettingValue = z.output<typeof settingValue>
export type FirstValue = { readonly first: readonly Value[] }
export type Mapping = z.output<typeof mappingFormat>
export type Conversion = z.output<typeof conversion>

const scalar = z.union([z.string(), z.number(), z.boolean()])
const conversion = z.enum(['text', 'integer', 'decimal', 'money', 'day', 'instant', 'boolean'])

const columnValue = z
  .strictObject({
    column: z.string().min(1).describe('name in the header; for NDJSON a path such as `order.id`'),
    as: conversion.default('text'),
    unit: z.enum(['major', 'cents', 'micros']).optional().describe('what the money is counted in; major when absent'),
    format: z
      .string()
      .max(64)
      .optional()
      .describe('for day and instant: YYYY MM DD HH mm ss, or `epoch_s`, `epoch_ms`'),
    zone: z.string().optional().describe("zone of times that name none; the mapping's zone when absent"),
    at: z.enum(['start_of_day', 'end_of_day']).optional().describe('for instant: the column holds a day only'),
    match: z.string().max(256).optional().describe('regular expression; the value is its first group'),
    values: z.record(z.string(), scalar).optional().describe('words of the file to words of ours; others stay'),
    lower: z.boolean().optional().describe('lower-cased before `values` is looked up'),
    optional: z.boolean().optional().describe('the file may lack the column'),
  })
  .superRefine((value, context) => {
    const times = value.as === 'day' || value.as === 'instant'
    if (value.unit !== undefined && value.as !== 'money') problem(context, 'unit', 'only money has a unit')
    if (value.format !== undefined && !times) problem(context, 'format', 'only days and instants have a format')
    if (value.at !== undefined && value.as !== 'instant') problem(context, 'at', 'only instants have it')
    if (value.zone !== undefined && value.as !== 'instant') problem(context, 'zone', 'only instants have a zone')
    if (value.match !== undefined && groupsOf(value.match) !== 1) {
      problem(context, 'match', 'not a regular expression with exactly one group')
    }
  })

const constantValue = z.strictObject({
  constant: scalar,
  when: z.string().optional().describe('only in rows where this column has a value'),
})

const templateValue = z.strictObject({
  template: z.string().min(1).max(512).describe('text with {column} in it; unknown when one of them is'),
})

const settingValue = z.strictObject({ setting: z.enum(['currency', 'zone']) })

const FORMS = { column: columnValue, constant: constantValue, template: templateValue, setting: settingValue } as const

/** Written by hand instead of a union, which would answer a typing error with "invalid input". */
export const value: z.ZodType<Value> = z.unknown().transform((raw, context): Value => {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    problem(context, undefined, 'an object with one of: column, constant, template, setting, first')
    return z.NEVER
  }
  const forms = [...Object.keys(FORMS), 'first'].filter((form) => form in raw)
  if (forms.length !== 1) {
    problem(context, undefined, 'exactly one of: column, constant, template, setting, first')
    return z.NEVER
  }
  const form = forms[0] as keyof typeof FORMS | 'first'
  const schema = form === 'first' ? z.strictObject({ first: z.array(value).min(1).max(8) }) : FORMS[form]
  const result = schema.safeParse(raw)
  if (result.success) return result.data
  for (const issue of result.error.issues) context.addIssue({ ...issue, code: 'custom' })
  return z.NEVER
})

export const mappingFormat = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'lower-case letters, digits, dash, underscore; at most 64')
    .describe('part of the ids of rows without a native key: renaming a mapping makes them new events'),
  about: z.string().describe('what file this reads, for whoever lists the mappings'),
  format: z.enum(['csv', 'ndjson', 'text']),
  envelope: z.boolean().default(false).describe('each line is a ready event; nothing else is mapped'),
  header: z.boolean().default(true).describe('the first line names the columns (csv and text)'),
  delimiter: z.string().length(1).default(',').describe('csv only'),
  columns: z.array(z.string().min(1)).min(1).optional().describe('names of the columns where there is no header'),
  nulls: z.array(z.string()).default([]).describe('texts that mean unknown, besides the empty one'),
  source: z.string().optional(),
  type: z.string().optional(),
  currency: z.string().optional().describe("ISO 4217, or `tenant`: the tenant's own"),
  zone: z.string().optional().describe("IANA zone, or `tenant`: the tenant's own"),
  id: value.optional().describe('the native key; absent: a hash of the line and how often it came before'),
  occurred_at: value.optional(),
  data: z.record(z.string(), value).default({}).describe('field → value; `personal.email` for a nested field'),
})

type Problems = { addIssue(issue: { code: 'custom'; message: string; path?: PropertyKey[] }): void }
function problem(context: Problems, field: string | undefined, message: string): void {
  context.addIssue({ code: 'custom', message, path: field === undefined ? [] : [field] })
}

/** Number of capturing groups, or -1 when it is no regular expression. */
function groupsOf(pattern: string): number {
  try {
    return new RegExp(`${pattern}|`).exec('')!.length - 1
  } catch {
    // RegExp answers a bad pattern by throwing SyntaxError; there is no predicate for it.
    return -1
  }
}
