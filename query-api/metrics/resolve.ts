import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import type { Binder } from './binder.ts'
import { CAMPAIGNS, CHAIN, carries, type Depth, isCampaignLevel, isStatic } from './slices.ts'

/**
 * Where rows come from. Both have the columns day, start (hourly ones only), platform, account, campaign …, currency,
 * slice, n and the sums, so that everything above is the same for windows and for facts.
 */
export type Relation = {
  /** What stands behind FROM, and conditions on it. */
  readonly from: string
  readonly where: readonly string[]
  /** Columns that tell the keys of the rows apart, of those above. */
  readonly columns: readonly string[]
  /**
   * `SELECT …` of rows by which the slices present in a key are found: those of the relation before any filter finer
   * than a campaign. Undefined where the rows themselves are these.
   */
  readonly keys: string | undefined
}

/** Rows of which every delivery counts exactly once, with the columns of their relation. */
export type Resolved = {
  readonly from: string
  readonly where: readonly string[]
  /** Column that is above zero where there was something to report, be it all zeros. */
  readonly present: string
}

/**
 * Lets every delivery count exactly once (see slices.ts).
 *
 * @param guess the slices that were thought to exist, when rows of others are to be let through (static depths only)
 */
export function resolved(
  relation: Relation,
  depths: readonly Depth[],
  sums: readonly Sum[],
  bind: Binder['bind'],
  guess?: readonly string[],
): Resolved {
  const columns = [...relation.columns, 'currency', 'slice']
  if (depths.every(isStatic)) return plain(relation, depths, sums, bind, guess)
  const last = depths.length - 1
  const inner = [...columns, 'n', ...sums.map((s) => s.name)]
  const rows = `SELECT ${inner.join(', ')} FROM ${relation.from}${whereOf(relation.where)}`
  const picked =
    relation.keys === undefined
      ? unfolded(rows, inner, depths, bind)
      : `(${rows}) AS rows INNER JOIN (${picks(relation.keys, [], depths, bind)}) AS picks USING (${KEY.join(', ')})`
  const members = depths.map((depth, i) => memberOf(depth, i, bind))
  const commerce = `slice = ${bind(COMMERCE_SLICE, 'String')}`
  if (last === 0) return { from: picked, where: [`(${commerce} OR ${members[0]})`], present: 'n' }
  // A row that counts at a depth adds there, and is taken off its parent one depth above.
  const counts = `SELECT ${[...inner, ...members.map((m, i) => `toInt8(${m}) AS m${i}`)].join(', ')} FROM ${picked}`
  const emits = depths.map((_, i) => `(${i}, m${i}${i === last ? '' : ` - m${i + 1}`})`)
  const marked = `SELECT *, arrayJoin(if(${commerce}, [(${last}, 1)], arrayFilter(e -> e.2 != 0, [${emits.join(', ')}]))) AS emit, emit.1 AS depth, emit.2 AS sign FROM (${counts})`
  const keys = relation.columns.map((c) => `${masked(c, depths)} AS k_${c}`)
  const values = sums.map((s) => `${partOf(s, last)} AS v_${s.name}`)
  const nonzero = sums
    .filter((s) => !s.counter)
    .map((s) => `v_${s.name} != 0`)
    .join(' OR ')
  const summed = [
    `SELECT ${[...keys, 'currency AS k_currency', `if(${commerce}, slice, '') AS k_slice`, 'depth', ...values].join(', ')},`,
    `if(depth < ${last}, toInt64(${nonzero}), sum(n)) AS present FROM (${marked})`,
    `GROUP BY ${[...relation.columns.map((c) => `k_${c}`), 'k_currency', 'k_slice', 'depth'].join(', ')}`,
  ].join(' ')
  const named = [...columns.map((c) => `k_${c} AS ${c}`), ...sums.map((s) => `v_${s.name} AS ${s.name}`), 'present']
  return { from: `(SELECT ${named.join(', ')} FROM (${summed}))`, where: [], present: 'present' }
}

export function whereOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
}

/** A summed column; `known` names its counter, `counter` says that it is one. */
export type Sum = { readonly name: string; readonly known: string | undefined; readonly counter: boolean }

/**
 * No key has to be looked at, and no residual can arise: with one candidate for every depth, what counts at a depth
 * counts at all depths above.
 */
function plain(
  relation: Relation,
  depths: readonly Depth[],
  sums: readonly Sum[],
  bind: Binder['bind'],
  guess: readonly string[] | undefined,
): Resolved {
  const deepest = new Map<string, Depth>()
  for (const depth of depths) for (const slice of [...depth.main, ...depth.assets]) deepest.set(slice, depth)
  const columns = relation.columns.map((column) => {
    if (!(CHAIN as readonly string[]).includes(column)) return column
    const hidden = [...deepest].filter(([slice, { known }]) => carries(slice, column) && !known.has(column))
    if (hidden.length === 0 || column === 'campaign') return column
    return `if(slice IN ${bind(
      hidden.map(([slice]) => slice),
      'Array(String)',
    )}, '', ${column}) AS ${column}`
  })
  const counting = [...deepest.keys(), COMMERCE_SLICE]
  const where = [...relation.where]
  if (guess === undefined) where.push(`slice IN ${bind(counting, 'Array(String)')}`)
  else {
    // Rows of slices that the guess did not know are let through, to be noticed.
    const idle = guess.filter((slice) => !counting.includes(slice))
    if (idle.length > 0) where.push(`slice NOT IN ${bind(idle, 'Array(String)')}`)
  }
  if (columns.every((column, i) => column === relation.columns[i])) return { from: relation.from, where, present: 'n' }
  const select = [...columns, 'currency', 'slice', 'n', ...sums.map((s) => s.name)]
  return { from: `(SELECT ${select.join(', ')} FROM ${relation.from}${whereOf(where)})`, where: [], present: 'n' }
}

/** Whether a row counts at depth i, from its slice and the picks of its key. */
function memberOf(depth: Depth, i: number, bind: Binder['bind']): string {
  const rank = (list: readonly string[]) => `indexOf(${bind(list, 'Array(String)')}, slice)`
  const campaignRanks = depth.main.flatMap((s, at) => (isCampaignLevel(s) ? [at + 1] : []))
  const parts: string[] = []
  if (isStatic(depth)) {
    const all = [...depth.main, ...depth.assets]
    return `slice IN ${bind(all, 'Array(String)')}`
  }
  if (depth.main.length > 0) parts.push(`(main${i} > 0 AND ${rank(depth.main)} = main${i})`)
  if (depth.assets.length > 0) {
    const own = campaignRanks.length === 0 ? '' : ` AND NOT has(${bind(campaignRanks, 'Array(UInt32)')}, main${i})`
    parts.push(`(assets${i} > 0 AND ${rank(depth.assets)} = assets${i}${own})`)
  }
  const campaigns = parts.length === 0 ? '0' : `(${parts.join(' OR ')})`
  if (depth.accounts.length === 0) return campaigns
  const sumOfCampaigns = depth.accounts.indexOf(CAMPAIGNS) + 1
  return `if(startsWith(slice, 'account|'), account${i} > 0 AND ${rank(depth.accounts)} = account${i}, account${i} = ${sumOfCampaigns} AND ${campaigns})`
}

/**
 * Rows that hold all of their keys, with the picks of their key: summed over what the question does not tell apart,
 * folded by key, where the picks are found, and unfolded again. Window functions would sort the rows, which costs
 * twice as much.
 */
function unfolded(rows: string, columns: readonly string[], depths: readonly Depth[], bind: Binder['bind']): string {
  const at = columns.indexOf('n')
  const [labels, values] = [columns.slice(0, at), columns.slice(at)]
  const summed = `SELECT ${[...labels.map((c) => `r.${c} AS ${c}`), ...values.map((c) => `sum(r.${c}) AS ${c}`)].join(', ')} FROM (${rows}) AS r GROUP BY ${labels.map((c) => `r.${c}`).join(', ')}`
  const own = columns.filter((c) => !KEY.includes(c))
  const folded = picks(summed, [`groupArray((${own.join(', ')})) AS parts`], depths, bind)
  const named = own.map((c, i) => `part.${i + 1} AS ${c}`)
  return `(SELECT * EXCEPT parts, ${named.join(', ')} FROM (${folded}) ARRAY JOIN parts AS part)`
}

/** Per key: the rank of the best slice present, per depth (0 for none), and what else is asked of its rows. */
function picks(rows: string, also: readonly string[], depths: readonly Depth[], bind: Binder['bind']): string {
  const best = (list: readonly string[], slice: string) => {
    const rank = `indexOf(${bind(list, 'Array(String)')}, ${slice})`
    return `minIf(${rank}, ${rank} > 0 AND n > 0)`
  }
  const perKey: string[] = []
  const perAccount: string[] = []
  for (const [i, depth] of depths.entries()) {
    if (isStatic(depth)) continue
    if (depth.main.length > 0) perKey.push(`${best(depth.main, 'slice')} AS main${i}`)
    if (depth.assets.length > 0) perKey.push(`${best(depth.assets, 'slice')} AS assets${i}`)
    if (depth.accounts.length === 0) continue
    // All slices of campaigns stand in the list as one.
    const campaigns = bind([...depth.main, ...depth.assets], 'Array(String)')
    const level = `if(slice IN ${campaigns}, ${bind(CAMPAIGNS, 'String')}, toString(slice))`
    perKey.push(`${best(depth.accounts, level)} AS own${i}`)
    perAccount.push(`minIf(own${i}, own${i} > 0) OVER (PARTITION BY day, platform, account, currency) AS account${i}`)
  }
  const keyed = `SELECT ${[...KEY, ...perKey, ...also].join(', ')} FROM (${rows}) GROUP BY ${KEY.join(', ')}`
  return perAccount.length === 0 ? keyed : `SELECT *, ${perAccount.join(', ')} FROM (${keyed})`
}

/** What slices are chosen for. */
export const KEY: readonly string[] = ['day', 'platform', 'account', 'campaign', 'currency']

/** A dimension is known from the depth on that adds it; '' above. Columns that no slice differs in are always known. */
function masked(column: string, depths: readonly Depth[]): string {
  if (!(CHAIN as readonly string[]).includes(column)) return column
  // Where accounts have no rows of their own, campaigns are what residuals are taken of.
  if (column === 'campaign' && depths.every((depth) => depth.accounts.length === 0)) return column
  const from = depths.findIndex((depth) => depth.known.has(column))
  if (from === 0) return column
  return `if(slice = '${COMMERCE_SLICE}'${from < 0 ? '' : ` OR depth >= ${from}`}, toString(${column}), '')`
}

/** A residual is unknown where the total is: there, what the parts know must not be taken off. */
function partOf(sum: Sum, last: number): string {
  if (sum.counter) return `sumIf(${sum.name}, sign > 0)`
  const value = `sum(sign * ${sum.name})`
  return sum.known === undefined
    ? value
    : `if(depth < ${last} AND sumIf(${sum.known}, sign > 0) = 0, toInt128(0), ${value})`
}
