/**
 * A table that tools read to find their way. What it holds is text that is made here, from the documented views and from
 * what this endpoint serves: no table of the store's own is read for a tenant, so nothing of others can be in it.
 */
export type CatalogTable = {
  readonly database: 'system' | 'information_schema'
  readonly name: string
  /** Names and types; absent where the engine has this table itself and its columns are taken over. */
  readonly columns?: readonly (readonly [name: string, type: string])[]
  /** Columns that are not named have the default of their type. */
  rows(facts: Facts): readonly Readonly<Record<string, Value>>[]
}

export type Value = string | number | bigint | null | readonly string[]

/** What the rows are made of. */
export type Facts = {
  readonly version: string
  readonly views: readonly ViewFacts[]
  /** Names of the functions that are served, as the engine spells them. */
  readonly functions: readonly FunctionFacts[]
  readonly settings: readonly { readonly name: string; readonly value: string; readonly type: string }[]
  readonly types: readonly TypeFacts[]
}

export type ViewFacts = {
  readonly name: string
  readonly summary: string
  readonly columns: readonly { readonly name: string; readonly type: string; readonly about: string }[]
}

export type FunctionFacts = {
  readonly name: string
  readonly is_aggregate: number
  readonly case_insensitive: number
  readonly alias_to: string
}

export type TypeFacts = { readonly name: string; readonly case_insensitive: number; readonly alias_to: string }
