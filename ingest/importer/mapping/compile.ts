import { isCurrency } from '../../../schemas/currencies.ts'
import type { Rejection } from '../../../schemas/parse.ts'
import { isZone } from '../../../schemas/zone.ts'
import { ImportError } from '../error.ts'
import { allValues, columnsOf, PLACE } from './check.ts'
import { conversionOf, ZONE_MISSING } from './convert.ts'
import type { ColumnValue, Mapping, Value } from './format.ts'
import { type Cells, type Field, type Read, rowWriter } from './write-row.ts'

/** What the mapping leaves open and the command line or the tenant answers. */
export type Settings = { readonly currency: string | undefined; readonly zone: string | undefined }

export type CompiledMapping = {
  /** The columns that rows must bring, in their order. */
  readonly columns: readonly { readonly name: string; readonly optional: boolean }[]
  /** Whether events get their id from the row; else the caller makes one from the line. */
  readonly native_key: boolean
  /** The event's envelope as a sender would have written it, or why the row has none. Nothing is validated here. */
  row(cells: Cells): MappedRow
  /**
   * The same envelope as JSON text in `out`, where that is plain ASCII: @returns its length, or -1 for a row that must
   * be asked of `row`.
   */
  write(cells: Cells, own_id: string | undefined, out: Uint8Array): number
}

export type Envelope = Record<string, unknown>
export type MappedRow =
  | { readonly ok: true; readonly envelope: Envelope }
  | { readonly ok: false; readonly envelope: Envelope; readonly rejection: Rejection }

/** Turns a checked mapping into a function of a row's cells; done once per import. */
export function compileMapping(mapping: Mapping, settings: Settings): CompiledMapping {
  const columns = neededColumns(mapping)
  const place = new Map(columns.map((column, i) => [column.name, i]))
  const scope: Scope = { place, nulls: mapping.nulls.length === 0 ? undefined : new Set(mapping.nulls), settings }
  const id = mapping.id === undefined ? undefined : compile(mapping.id, scope)
  const occurred = compile(mapping.occurred_at!, scope)
  const fields = Object.entries(mapping.data).map(([field, value]) => fieldOf(field, value, scope))

  function row(cells: Cells): MappedRow {
    const envelope: Envelope = { source: mapping.source, type: mapping.type }
    if (id !== undefined) {
      const key = id(cells)
      if (key === null) return missing(envelope, 'missing_field', 'id', 'the columns of the native key are empty')
      envelope.id = key
    }
    const occurred_at = occurred(cells)
    if (occurred_at === ZONE_MISSING) return missing(envelope, 'zone_missing', 'occurred_at', NO_ZONE)
    if (occurred_at !== null) envelope.occurred_at = occurred_at
    const data: Record<string, unknown> = {}
    envelope.data = data
    for (const field of fields) {
      const value = field.value(cells)
      if (value === ZONE_MISSING) return missing(envelope, 'zone_missing', `data/${field.name}`, NO_ZONE)
      if (value === null) {
        if (field.unset === undefined) continue
        return missing(envelope, field.unset, `data/${field.name}`, field.unset === 'zone_missing' ? NO_ZONE : NO_MONEY)
      }
      if (field.inner === undefined) data[field.outer] = value
      else {
        data[field.outer] ??= {}
        ;(data[field.outer] as Record<string, unknown>)[field.inner] = value
      }
    }
    return { ok: true, envelope }
  }

  const write = rowWriter({ source: mapping.source!, type: mapping.type!, id, occurred, fields })
  return { columns, native_key: id !== undefined, row, write }
}

/**
 * `tenant` in a mapping, and what the command line says over it.
 *
 * @throws ImportError `bad_mapping` when the command line names no currency or zone that exists
 */
export function settingsOf(
  mapping: Mapping,
  tenant: { readonly currency: string; readonly zone: string },
  overrides: { readonly currency?: string | undefined; readonly zone?: string | undefined },
): Settings {
  const { currency, zone } = overrides
  if (currency !== undefined && !isCurrency(currency)) {
    throw new ImportError('bad_mapping', `--currency ${currency} is not an ISO 4217 currency code`)
  }
  if (zone !== undefined && !isZone(zone))
    throw new ImportError('bad_mapping', `--zone ${zone} is not an IANA time zone`)
  const own = (value: string | undefined, tenants: string) => (value === 'tenant' ? tenants : value)
  return {
    currency: currency ?? own(mapping.currency, tenant.currency),
    zone: zone ?? own(mapping.zone, tenant.zone),
  }
}

const NO_ZONE = 'no time zone: not in the row, not in the mapping; give --zone'
const NO_MONEY = 'no currency: not in the row, not in the mapping; give --currency'

type Scope = {
  readonly place: ReadonlyMap<string, number>
  /** Texts that mean unknown besides the empty one. */
  readonly nulls: ReadonlySet<string> | undefined
  readonly settings: Settings
}

function missing(envelope: Envelope, code: Rejection['code'], path: string, reason: string): MappedRow {
  return { ok: false, envelope, rejection: { code, path, reason } }
}

function neededColumns(mapping: Mapping) {
  const columns = new Map<string, boolean>()
  for (const [, value] of allValues(mapping)) {
    for (const { name, optional } of columnsOf(value)) columns.set(name, optional && columns.get(name) !== false)
  }
  return [...columns].map(([name, optional]) => ({ name, optional }))
}

function fieldOf(name: string, value: Value, scope: Scope): Field {
  const [outer = '', inner] = name.split('.')
  const all = 'first' in value ? value.first : [value]
  const setting = all.map((one) => ('setting' in one ? one.setting : undefined)).find((one) => one !== undefined)
  return { name, outer, inner, value: compile(value, scope), unset: setting && `${setting}_missing` }
}

function compile(value: Value, scope: Scope): Read {
  if ('column' in value) return compileColumn(value, scope)
  if ('setting' in value) {
    const set = scope.settings[value.setting] ?? null
    return () => set
  }
  if ('template' in value) return compileTemplate(value.template, scope)
  if ('first' in value) {
    const ways = value.first.map((one) => compile(one, scope))
    return (cells) => {
      for (const way of ways) {
        const found = way(cells)
        if (found !== null) return found
      }
      return null
    }
  }
  const { constant } = value
  if (value.when === undefined) return () => constant
  const at = scope.place.get(value.when)!
  return (cells) => (known(cells[at], scope) ? constant : null)
}

function compileColumn(value: ColumnValue, scope: Scope): Read {
  const at = scope.place.get(value.column)!
  const convert = conversionOf(value, value.zone ?? scope.settings.zone)
  const match = value.match === undefined ? undefined : new RegExp(value.match)
  const words = value.values === undefined ? undefined : new Map(Object.entries(value.values))
  const plain = match === undefined && words === undefined && value.lower !== true
  return (cells) => {
    const cell = cells[at]
    if (!known(cell, scope)) return null
    if (plain) return convert(cell)
    let text: string | undefined = cell
    if (match !== undefined) text = match.exec(cell)?.[1]
    if (text === undefined) return null
    if (value.lower === true) text = text.toLowerCase()
    return words?.get(text) ?? convert(text)
  }
}

function compileTemplate(template: string, scope: Scope): Read {
  const pieces = template.split(PLACE)
  const columns = pieces.map((piece, i) => (i % 2 === 1 ? scope.place.get(piece)! : -1))
  return (cells) => {
    let text = ''
    for (let i = 0; i < pieces.length; i++) {
      if (i % 2 === 0) text += pieces[i]
      else {
        const cell = cells[columns[i]!]
        if (!known(cell, scope)) return null
        text += cell
      }
    }
    return text
  }
}

function known(cell: string | undefined, scope: Scope): cell is string {
  return cell !== undefined && cell !== '' && scope.nulls?.has(cell) !== true
}
