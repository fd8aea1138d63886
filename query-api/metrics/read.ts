import type { RequestOptions, Store } from '../../pipelines/store/client.ts'
import { ApiError } from '../problem.ts'
import { customersStatement, newCustomersStatement } from './customers.ts'
import type { Scope } from './group.ts'
import type { Plan } from './plan.ts'
import { reachStatement } from './reach.ts'
import { GROUPS_MAX, type RowsStatement, sumsStatement } from './sums.ts'
import type { Cell } from './values.ts'

/** One row of an answer before its values are worked out. */
export type Group = { readonly keys: readonly string[]; readonly cell: Record<string, bigint | null> }
export type Groups = Map<string, Group>

/**
 * Runs one statement per family of measures, side by side, and joins their rows by key.
 *
 * @param sums what is known of the sums: the slices to read, or the sums themselves
 */
export async function readGroups(
  store: Store,
  plan: Plan,
  scope: Scope,
  sums: { readonly slices: readonly string[]; readonly guarded: boolean } | Groups,
  options: () => RequestOptions,
): Promise<Groups> {
  const statements: Promise<Groups>[] = []
  if (sums instanceof Map) statements.push(Promise.resolve(sums))
  else if (plan.sums.length > 0)
    statements.push(run(store, plan, sumsStatement(plan, scope, sums.slices, sums.guarded), options()))
  if (plan.customers) statements.push(run(store, plan, customersStatement(plan, scope), options()))
  if (plan.new_customers) statements.push(run(store, plan, newCustomersStatement(plan, scope), options()))
  if (plan.non_additive.length > 0)
    statements.push(run(store, plan, reachStatement(plan, scope), options()).then(checkSingle(plan)))
  const [first = new Map(), ...others] = await Promise.all(statements)
  for (const other of others) {
    for (const [key, group] of other) {
      const own = first.get(key)
      if (own === undefined) first.set(key, group)
      else Object.assign(own.cell, group.cell)
    }
  }
  return first
}

/** A guess of slices did not hold: they have to be looked up. Never leaves this folder. */
export class UnknownSlice extends Error {
  constructor() {
    super('rows of a slice that was not known')
    this.name = 'UnknownSlice'
  }
}

/** The key of a row as one text; U+0000 is in no identifier. */
export function keyText(keys: readonly string[]): string {
  return keys.join('\0')
}

async function run(store: Store, plan: Plan, statement: RowsStatement, request: RequestOptions): Promise<Groups> {
  const rows = await store.query<(string | number | null)[]>(statement.sql, statement.params, {
    ...request,
    format: 'JSONCompactEachRow',
  })
  if (rows.length > GROUPS_MAX) {
    throw new ApiError(
      'too_many_rows',
      `more than ${GROUPS_MAX} groups: ask for fewer dimensions, a shorter range or a filter`,
      { more: { rows_at_least: rows.length, rows_max: GROUPS_MAX } },
    )
  }
  const groups: Groups = new Map()
  const width = statement.keys.length
  // Rows that do not depend on a currency stand beside those in the currency that was asked for.
  const extra = plan.by_currency && !statement.keys.includes('currency') ? [plan.request.currency!] : []
  for (const row of rows) {
    if (statement.guarded === true && Number(row.at(-1)) === 1) throw new UnknownSlice()
    const keys = [...row.slice(0, width).map(String), ...extra]
    const cell: Record<string, bigint | null> = {}
    const values = statement.packed === true ? (row[width] as unknown as string[]) : row.slice(width)
    for (const [i, name] of statement.values.entries()) cell[name] = bigintOf(values[i])
    groups.set(keyText(keys), { keys, cell })
  }
  return groups
}

function bigintOf(value: string | number | null | undefined): bigint | null {
  return value === null || value === undefined ? null : BigInt(value)
}

/** Refuses what would be a sum of platform rows. */
function checkSingle(plan: Plan): (groups: Groups) => Groups {
  return (groups) => {
    const names = plan.non_additive.join(', ')
    const all = [...groups.values()]
    const crowded = all.find(({ cell }) => (cell.parts ?? 0n) > 1n)
    if (crowded !== undefined) {
      throw new ApiError(
        'non_additive',
        `${names}: a row would hold ${crowded.cell.parts} rows of the platform, whose people overlap. Add dimensions (account, campaign, ad_group, ad) until each row is one of the platform's.`,
        { path: 'measures' },
      )
    }
    if (all.length > 0 && all.every(({ cell }: { cell: Cell }) => cell.parts === 0n)) {
      throw new ApiError(
        'non_additive',
        `${names}: the platform reports it at another level or breakdown than asked for, and it cannot be added up. Ask with the dimensions of its report.`,
        { path: 'measures' },
      )
    }
    return groups
  }
}
